"""Eight true-or-false values in one byte."""

import torch
from jaxtyping import Bool, UInt8
from torch import Tensor


def pack_bits(values: Bool[Tensor, "values"]) -> UInt8[Tensor, "bytes"]:
    """Packs values, the first into the lowest bit.

    Args:
        values: As many as a multiple of 8.
    """
    columns = values.view(torch.uint8).reshape(-1, 8)
    packed = columns[:, 0].clone()
    for place in range(1, 8):
        packed |= columns[:, place] << place
    return packed


def unpack_bits(packed: UInt8[Tensor, "bytes"]) -> Bool[Tensor, "values"]:
    """Gives back what was packed."""
    values = torch.empty((len(packed), 8), dtype=torch.uint8, device=packed.device)
    for place in range(8):
        values[:, place] = (packed >> place) & 1
    return values.view(torch.bool).reshape(-1)
