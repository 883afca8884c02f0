"""Several outlines as one, for a format that has one outline per object."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64


def join_rings(rings: Sequence[Float64[np.ndarray, "_points 2"]]) -> Float64[np.ndarray, "points 2"]:
    """Joins outlines by seams without width: to the next outline and back along the same line.

    Idea: filled by the even-odd rule, a seam that is walked twice encloses nothing, so parts stay apart and holes stay
    holes. Which outline a seam leads to cannot be told afterwards.

    Args:
        rings: x, y in pixels; at least one.
    """
    joined = np.asarray(rings[0])
    for ring in rings[1:]:
        gaps = ((joined[:, None] - ring[None]) ** 2).sum(axis=2)
        here, there = np.unravel_index(int(gaps.argmin()), gaps.shape)
        turned = np.concatenate([ring[there:], ring[: there + 1]])
        joined = np.concatenate([joined[: here + 1], turned, joined[here:]])
    return joined
