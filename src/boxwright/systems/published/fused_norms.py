"""Networks whose norms were put into the convolutions before them, for speed."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn


def with_norms(detector: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gives the norms back that a file has put into the convolutions, so that they change nothing.

    Law: the outputs are those of the fused network. The norm adds the bias of the convolution, unless that has one in
    any case; its factor takes its own division back.

    Args:
        detector: Says which norms there are.
        tensors: By its names.
    """
    mended = dict(tensors)
    for convolution, name, norm in _normed_convolutions(detector):
        bias = mended.get(f"{convolution}.bias")
        if bias is None or f"{name}.weight" in mended:
            continue
        one, zero = torch.ones_like(bias), torch.zeros_like(bias)
        keeps_bias = detector.get_submodule(convolution).bias is not None
        if not keeps_bias:
            del mended[f"{convolution}.bias"]
        mended |= {
            f"{name}.weight": one * (1.0 + norm.eps) ** 0.5,
            f"{name}.bias": zero if keeps_bias else bias,
            f"{name}.running_mean": zero,
            f"{name}.running_var": one,
            f"{name}.num_batches_tracked": torch.tensor(0),
        }
    return mended


def _normed_convolutions(detector: nn.Module) -> Iterator[tuple[str, str, nn.BatchNorm2d]]:
    """Gives convolutions that a batch norm follows: name, name of the norm, norm."""
    for place, module in detector.named_modules():
        prefix = f"{place}." if place else ""
        for (before, convolution), (name, norm) in pairwise(module.named_children()):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                yield f"{prefix}{before}", f"{prefix}{name}", norm
