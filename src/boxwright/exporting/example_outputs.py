"""What a file gives for the example that it was traced with, beside what torch gives for it."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

RELATIVE, ABSOLUTE, HALF_ABSOLUTE = 1e-3, 5e-3, 0.2
"""By how much a value may differ: a part of itself, or so much. Boxes are pixels, and in float16 those of noise too."""
ROUNDINGS = 4
"""In float16 a value may differ by so many times what rounding does to its output in torch, wherever that is more."""
WITHOUT_UNIT = ("coefficients", "prototypes")
"""Outputs of any size: rounding is that of the large terms that a small value is the sum of, so that each value may
differ by as much as the largest of its output."""


def require_same(
    names: Sequence[str], expected: Sequence[Tensor], found: Sequence[Tensor], rounding: Sequence[float] | None = None
) -> None:
    """Refuses a file that gives other numbers than torch.

    Args:
        names: Of the outputs.
        expected: Outputs of torch.
        found: Those of the file.
        rounding: By how much float16 moves the values of each output at most; None where all computes in float32.

    Raises:
        AssertionError: They differ; the message says in which output, where, and by how much.
    """
    for name, one, other, moved in zip(names, expected, found, rounding or [0.0] * len(names), strict=True):
        allowed = ABSOLUTE if rounding is None else max(HALF_ABSOLUTE, ROUNDINGS * moved)
        if name in WITHOUT_UNIT:
            largest = float(one.nan_to_num(0.0, 0.0, 0.0).abs().amax())
            allowed = max(allowed, RELATIVE * largest)
        torch.testing.assert_close(
            other, one, rtol=RELATIVE, atol=allowed, equal_nan=True, msg=partial("{}: {}".format, name)
        )
