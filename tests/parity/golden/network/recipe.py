"""Portable pseudo-random network weights: the same numbers on every machine, from a name, a shape and a seed.

Only numpy is needed. `index.json` next to this file lists, for every network case, the tensors in order with their
shapes and their `kind`; build_state() turns that list into a dictionary of float32 arrays.
"""

import numpy as np

M64 = (1 << 64) - 1


def name_hash(text):
    """64-bit FNV-1a of the UTF-8 bytes."""
    h = 0xCBF29CE484222325
    for b in text.encode("utf-8"):
        h = ((h ^ b) * 0x100000001B3) & M64
    return h


def uniform(name, seed, n):
    """n doubles in [0, 1): the splitmix64 finaliser at counters 1..n, started from name_hash(name) xor seed."""
    base = np.uint64(name_hash(name) ^ (seed & M64))
    with np.errstate(over="ignore"):
        z = base + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def tensor(name, shape, kind, seed, constants=None, gain=1.0):
    """One weight tensor. kinds: conv, bias, norm_scale, norm_mean, norm_var, rescale, zero_int, constant."""
    n = int(np.prod(shape)) if len(shape) else 1
    if kind == "zero_int":
        return np.zeros(shape, np.int64)
    if kind == "constant":
        return np.asarray(constants[name], np.float32).reshape(shape)
    u = uniform(name, seed, n)
    if kind == "conv":  # variance 2 * gain^2 / fan_in, fan_in = product of all dimensions but the first
        v = (2 * u - 1) * (gain * np.sqrt(6.0 / np.prod(shape[1:])))
    elif kind == "bias":
        v = (2 * u - 1) * 0.2
    elif kind == "norm_scale":
        v = 0.5 + u
    elif kind == "norm_mean":
        v = u - 0.5
    elif kind == "norm_var":
        v = 0.5 + u
    elif kind == "rescale":
        v = 10.0 + 10.0 * u
    else:
        raise ValueError(kind)
    return v.reshape(shape).astype(np.float32)


def kind_of(name, shape):
    """How the generator classified tensors by name and shape (stored in index.json, repeated here for reference)."""
    last = name.rsplit(".", 1)[-1]
    if last == "num_batches_tracked":
        return "zero_int"
    if last == "running_mean":
        return "norm_mean"
    if last == "running_var":
        return "norm_var"
    if last == "scale_weight":
        return "rescale"
    if last == "bias":
        return "bias"
    if last == "weight":
        return "conv" if len(shape) > 1 else "norm_scale"
    return "constant"


def build_state(tensors, seed, constants=None, gain=1.0):
    return {name: tensor(name, shape, kind, seed, constants, gain) for name, shape, kind in tensors}


def image(shape, seed):
    """The input: uniform in [0, 1), float32."""
    return uniform("input", seed, int(np.prod(shape))).reshape(shape).astype(np.float32)


def checksum(a):
    """[sum, sum of absolute values, sum of value * (index % 97)] in float64."""
    a = np.asarray(a, np.float64).ravel()
    return [float(a.sum()), float(np.abs(a).sum()), float((a * (np.arange(a.size) % 97)).sum())]
