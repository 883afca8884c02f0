"""Files whose program is let in, but that hold what no training writes; for every command that reads weights.

Each entry writes a file: what the error says of it → how it is written, given where to and the canary.
"""

import pickle
import struct
from collections.abc import Iterator

from tests.unit.foreign_weights.hostile_files import (
    MAGIC,
    ZEROS,
    Writer,
    floats,
    in_archive,
    in_pickle,
    in_safetensors,
)
from tests.unit.foreign_weights.pickle_steps import (
    END,
    START,
    again,
    called,
    kept,
    mapping,
    name,
    number,
    numbers,
    storage,
    tensor,
    text,
)

TENSOR = tensor(4, (4,), (1,))
NOTHING, TRUE, NO_HOOKS = b"N", b"\x88", (b"\x89", b"N")
COLLIDING = 2**61 - 1  # whose multiples all have the hash of 0


def made(place: str, word: str, **state: bytes) -> bytes:
    """Pushes an object of a class that is not here."""
    return name(place, word) + b")\x81" + mapping(**state) + b"b"


def _listed(*values: bytes) -> bytes:
    return b"](" + b"".join(values) + b"e"


def _ordered(**entries: bytes) -> bytes:
    return name("collections", "OrderedDict") + b")R" + mapping(**entries)[1:]


def _built_on(held: bytes, *further: bytes) -> bytes:
    """Pushes a tensor on a storage."""
    return called("torch._utils", "_rebuild_tensor_v2", held, number(0), numbers(4), numbers(1), *NO_HOOKS, *further)


def _stored(key: bytes, count: bytes, *further: bytes, kind: str = "FloatStorage") -> bytes:
    return b"(" + text("storage") + name("torch", kind) + key + text("cpu") + count + b"".join(further) + b"tQ"


def _again_and_again(first: bytes, *call: str, times: int = 1000) -> Writer:
    """Calls a name with the same value again and again."""
    return in_pickle(b"(", first, kept(1), *(called(*call, again(1)) for _ in range(times)), b"t")


def _older(value: bytes) -> Writer:
    content = MAGIC + START + value + END + pickle.dumps(["0"], 2) + struct.pack("<q", 4) + bytes(16)
    return lambda path, canary: path.write_bytes(content)


def _network(**state: bytes) -> bytes:
    return made("models.yolo", "Model", **{"_parameters": mapping(w=TENSOR), "_modules": b"}", **state})


def _parts() -> Iterator[tuple[str, tuple[str, Writer]]]:
    """Networks whose parts hold their tensors in what is none."""
    values = {
        "number": number(5),
        "list": _listed(number(1)),
        "tensor": TENSOR,
        "text": text("abc"),
        "object": made("models", "A"),
        "name": name("models", "A"),
        "dictionary of numbers": b"}(" + number(1) + TENSOR + b"u",
    }
    for place in ("_parameters", "_buffers", "_modules"):
        for what, value in values.items():
            inner = _network(_modules=mapping(a=_network(**{place: value})))
            yield (
                f"{place} that are a {what}",
                (f"{place} of the part a of the network", in_pickle(mapping(model=inner))),
            )
    for place in ("_non_persistent_buffers_set", "ema", "module"):
        for what, value in values.items():
            inner = _network(**{place: value})
            yield f"{place} that is a {what}", ("no network that|no weights", in_pickle(mapping(model=inner)))


NUMBERS = b"".join(number(place) for place in range(20_000))
SET = called("__builtin__", "set", b"](" + NUMBERS + b"e")
SIZE = called("torch", "Size", b"(" + number(1) * 20_000 + b"t")

CONTENTS: dict[str, tuple[str, Writer]] = {
    # memory and time
    "sets of a set": ("copies", _again_and_again(SET, "__builtin__", "set")),
    "dictionaries of a dictionary": (
        "copies",
        _again_and_again(
            name("collections", "OrderedDict")
            + b")R("
            + b"".join(number(place) + NOTHING for place in range(20_000))
            + b"u",
            *("collections", "OrderedDict"),
        ),
    ),
    "sets of what is a list in the end": (
        "copies",
        _again_and_again(name("models", "L") + b")\x81(" + NUMBERS + b"e", "__builtin__", "set"),
    ),
    "sets of the letters of a text": (
        "copies",
        _again_and_again(
            called("__builtin__", "set", text("".join(map(chr, range(32, 55_000))))), "__builtin__", "set"
        ),
    ),
    "counted bytes": (
        "copies",
        _again_and_again(
            called("_codecs", "encode", text("a" * 5_000_000), text("latin1")), "collections", "Counter", times=2000
        ),
    ),
    "sizes of a size": ("copies", _again_and_again(SIZE, "torch", "Size")),
    "sizes as keys": ("compares", in_pickle(b"(", SIZE, kept(1), b"}(", *((again(1) + NOTHING) * 100_000,), b"ut")),
    "sizes in tuples as keys": (
        "compares",
        in_pickle(b"(", SIZE, b"\x85", kept(1), b"}(", *((again(1) + NOTHING) * 100_000,), b"ut"),
    ),
    "sizes in a set": (
        "compares",
        in_pickle(b"(", SIZE, kept(1), called("__builtin__", "set", b"](" + again(1) * 100_000 + b"e"), b"t"),
    ),
    "keys of one hash": (
        "compares",
        in_pickle(b"}(", *(number(COLLIDING * place) + NOTHING for place in range(60_000)), b"u"),
    ),
    "a set of one hash": (
        "compares",
        in_pickle(called("__builtin__", "set", _listed(*(number(COLLIDING * place) for place in range(60_000))))),
    ),
    "names of many points": ("a name of 40,001 letters", in_pickle(mapping(**{"a." * 20_000 + "w": TENSOR}))),
    "safetensors of many points": (
        "a name of 40,001 letters",
        in_safetensors({"a." * 20_000 + "w": floats(0, 16, 4)}, bytes(16)),
    ),
    # storages
    "two storages of one name": (
        "two storages 0",
        in_archive(
            START + mapping(a=_built_on(storage(4)), w=tensor(10**6, (10**6,), (1,))) + END,
            ("archive/data/0", bytes(4 * 10**6)),
        ),
    ),
    "a storage of two kinds": (
        "two storages 0",
        in_pickle(mapping(a=_built_on(storage(4)), b=_built_on(_stored(text("0"), number(4), kind="IntStorage")))),
    ),
    "a part of a storage": (
        "a part of another",
        _older(
            mapping(w=_built_on(_stored(text("0"), number(4), b"(" + text("v") + number(0) + number(10**9) + b"t")))
        ),
    ),
    "a storage without a name": ("no known name", in_pickle(mapping(w=_built_on(_stored(NOTHING, number(4)))))),
    "a storage of a list for a name": ("no known name", in_pickle(mapping(w=_built_on(_stored(b"]", number(4)))))),
    "a storage of truth": ("no known name", in_pickle(mapping(w=_built_on(_stored(text("0"), TRUE))))),
    "a storage by a path": ("is not there", in_pickle(mapping(w=_built_on(_stored(text("../../x"), number(4)))))),
    "a tensor turned round by a mark": ("is none", in_pickle(mapping(w=_built_on(storage(4), mapping(neg=TRUE))))),
    # objects
    "a dictionary with functions of its own": (
        "has get, items of its own",
        in_pickle(mapping(state_dict=_ordered(w=TENSOR) + mapping(get=number(1), items=number(1)) + b"b")),
    ),
    "words with functions of their own": (
        "has get of its own",
        in_pickle(mapping(state_dict=mapping(w=TENSOR), meta=_ordered(a=TENSOR) + mapping(get=number(1)) + b"b")),
    ),
    "a name twice in a network": (
        "two tensors a.w",
        in_pickle(mapping(model=_network(_parameters=mapping(**{"a.w": TENSOR}), _modules=mapping(a=_network())))),
    ),
    "a name twice in a dictionary": ("two tensors a.w", in_pickle(mapping(**{"a.w": TENSOR, "_orig_mod.a.w": TENSOR}))),
    "entries of a name": ("fits nothing", in_pickle(name("models", "A") + mapping(w=TENSOR)[1:])),
    "a key that is large": ("holds no weights.*left out", in_pickle(mapping(**{"a" * 1_000_000: number(1)}))),
    "a parameter of an object": (
        "damaged",
        in_pickle(mapping(w=called("torch._utils", "_rebuild_parameter", made("models", "A"), TRUE, NOTHING))),
    ),
    **dict(_parts()),
    # safetensors
    "a tensor twice": (
        "'a' is in its header twice",
        in_safetensors(
            b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}',
            bytes(16),
        ),
    ),
    "a card twice": (
        "'boxwright' is in its header twice",
        in_safetensors(
            b'{"__metadata__":{"boxwright":"{}","boxwright":"[1]"},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
            bytes(16),
        ),
    ),
    "packed numbers": (
        "a has numbers of torch.float4.*, which are packed",
        in_safetensors(b'{"a":{"dtype":"F4","shape":[32],"data_offsets":[0,16]}}', bytes(16)),
    ),
    "a shape of nan": (
        "damaged",
        in_safetensors(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,16]}}', bytes(16)),
    ),
    "a shape below zero": (
        "damaged",
        in_safetensors(b'{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}', bytes(16)),
    ),
    "offsets that run back": (
        "damaged",
        in_safetensors(b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}', bytes(16)),
    ),
    # archives
    "a byte order that is none": ("damaged", in_archive(START + b"}.", ZEROS, ("archive/byteorder", b"nonsense"))),
}
