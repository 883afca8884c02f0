"""What a file gives for the example that it was traced with, beside what torch gives for it."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

RELATIVE, ABSOLUTE, HALF_ABSOLUTE = 1e-3, 5e-3, 0.2
"""By how much a value may differ: a part of itself, or so much. Boxes are pixels, and in float16 those of noise too."""
HALF_OF_SIDE = 2e-3
"""In float16 a corner may differ by a part of the longer side of its box, which it is computed from: two roundings."""
WITHOUT_UNIT = ("coefficients", "prototypes")
"""Outputs of any size: rounding is that of the large terms that a small value is the sum of, so that each value may
differ by as much as the largest of its output."""


def require_same(names: Sequence[str], expected: Sequence[Tensor], found: Sequence[Tensor], *, is_half: bool) -> None:
    """Refuses a file that gives other numbers than torch.

    Args:
        names: Of the outputs.
        expected: Outputs of torch.
        found: Those of the file.
        is_half: Whether the network computes in float16.

    Raises:
        AssertionError: They differ; the message says in which output, where, and by how much.
    """
    for name, one, other in zip(names, expected, found, strict=True):
        allowed = HALF_ABSOLUTE if is_half else ABSOLUTE
        if name in WITHOUT_UNIT:
            largest = float(one.nan_to_num(0.0, 0.0, 0.0).abs().amax())
            allowed = max(allowed, RELATIVE * largest)
        if is_half and name == "boxes":
            sides = (one[..., 2:] - one[..., :2]).amax(-1, keepdim=True).nan_to_num(0.0, 0.0, 0.0)
            measure = (sides * HALF_OF_SIDE / HALF_ABSOLUTE).clamp(min=1.0)
            one, other = one / measure, other / measure
        torch.testing.assert_close(
            other, one, rtol=RELATIVE, atol=allowed, equal_nan=True, msg=partial("{}: {}".format, name)
        )
