"""Whether an array is what it should be."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from conformance.case import Array, Tolerance


def fault_of(found: Any, wanted: Array, tolerance: Tolerance, precision: str, tie: Array | None = None) -> str | None:
    """Says what is wrong with an array, or None.

    Args:
        found: What an implementation gave.
        wanted: What it should be.
        tolerance: How far it may be off; empty: not at all.
        precision: That of the inputs.
        tie: True where any finite value passes.
    """
    try:
        array = np.asarray(found)
    except (TypeError, ValueError) as error:
        return f"is no array of numbers: {error}"
    if array.dtype.kind not in "biuf":
        return f"is no array of numbers but of {array.dtype}"
    if array.shape != wanted.shape:
        return f"has the shape {array.shape}, not {wanted.shape}"
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(array))[0].tolist()
        return f"is {array[tuple(place)]} at {place}{_count((~np.isfinite(array)).sum(), array.size)}"
    difference = np.abs(array - wanted.astype(np.float64))
    allowed = _allowed(wanted.astype(np.float64), tolerance.get(precision, {}))
    excess = difference - allowed
    if tie is not None:
        excess = np.where(tie, -1.0, excess)
    if not (excess > 0).any():
        return None
    place = np.unravel_index(int(excess.argmax()), excess.shape)
    where = [int(index) for index in place]
    return (
        f"is {array[place]:.7g} where it should be {float(wanted[place]):.7g}, at {where}: off by "
        f"{difference[place]:.3g}, {allowed[place]:.3g} allowed{_count(int((excess > 0).sum()), excess.size)}"
    )


def _allowed(wanted: Array, limits: Mapping[str, float]) -> Array:
    largest = float(np.abs(wanted).max()) if wanted.size else 0.0
    whole = limits.get("absolute", 0.0) + limits.get("of_largest", 0.0) * largest
    result: Array = whole + limits.get("relative", 0.0) * np.abs(wanted)
    return result


def _count(wrong: int, of: int) -> str:
    return f" ({wrong} of {of} numbers)" if of > 1 else ""
