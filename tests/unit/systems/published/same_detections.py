"""Detections that are the same, but for the last digits of floating point and the order of equal scores."""

from torch import Tensor

Found = tuple[Tensor, Tensor, Tensor]
"""Boxes, scores and labels, the best first."""


def require_same(ones: Found, others: Found, *, most: int, pixels: float = 1e-2, score: float = 1e-4) -> None:
    """Makes sure that the best of each are among the others as often.

    Args:
        ones: Of one program.
        others: Of the other.
        most: How many of the best; what is last may be other where a limit cuts equal scores.
        pixels: That a side may differ by.
        score: That a score may differ by.
    """
    for first, second in ((ones, others), (others, ones)):
        for box, value, label in zip(*(part[:most] for part in first), strict=True):
            own, found = (
                int((((b - box).abs() < pixels).all(dim=1) & ((s - value).abs() < score) & (names == label)).sum())
                for b, s, names in (first, second)
            )
            assert own == found, (box, value, label, own, found)
