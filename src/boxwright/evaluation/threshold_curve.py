"""What becomes of precision and recall when only detections above a score count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

THRESHOLDS = np.round(np.linspace(0.0, 1.0, 101), 2)
"""Of the score; a detection counts above it, as in prediction."""

LEAST_F1 = 0.05
"""Below it no threshold is better than another: what is found is found by chance."""


@dataclass(frozen=True, slots=True)
class ThresholdCurve:
    """Precision, recall and F1 at IoU 0.5 over the thresholds 0, 0.01 … 1 of the score.

    Args:
        precision: Share of the detections that are right; NaN where there is no detection.
        recall: Share of the targets that are found; NaN where there is no target.
        f1: Harmonic mean of both, 2 · found / (detections + targets); NaN where there is no target.
    """

    precision: Float64[np.ndarray, "thresholds"]
    recall: Float64[np.ndarray, "thresholds"]
    f1: Float64[np.ndarray, "thresholds"]

    @property
    def best(self) -> int | None:
        """Position of the threshold with the highest F1, in the middle where several have it; None below `LEAST_F1`.

        The threshold 0 is never the best: above it lies all that a detector gives, however unlikely.
        """
        f1 = self.f1[1:]
        if np.isnan(f1).all() or not f1.max() >= LEAST_F1:
            return None
        is_best = f1 == f1.max()
        first = int(is_best.argmax())
        length = int(np.append(~is_best[first:], True).argmax())
        return 1 + first + (length - 1) // 2

    @property
    def best_threshold(self) -> float | None:
        """The threshold with the highest F1, if that is at least `LEAST_F1`."""
        return None if self.best is None else float(THRESHOLDS[self.best])


def threshold_curve(scores: np.ndarray, right: np.ndarray, matched: np.ndarray, num_targets: int) -> ThresholdCurve:
    """Counts what is above each threshold.

    Args:
        scores: Of all detections of a class.
        right: Of those that find a target.
        matched: Of those that find a target or lie in an ignored region; the latter do not count.
        num_targets: Targets to find.
    """
    found = _above(right)
    counted = _above(scores) - _above(matched) + found
    nan = np.full(len(THRESHOLDS), np.nan)
    return ThresholdCurve(
        precision=np.divide(found, counted, out=nan.copy(), where=counted > 0),
        recall=found / num_targets if num_targets else nan,
        f1=2 * found / (counted + num_targets) if num_targets else nan,
    )


def mean_curve(curves: Sequence[ThresholdCurve]) -> ThresholdCurve:
    """Averages over classes, of those that have a value.

    Args:
        curves: Of classes with targets.
    """
    return ThresholdCurve(
        *(_mean([getattr(curve, name) for curve in curves]) for name in ("precision", "recall", "f1"))
    )


def _mean(rows: Sequence[np.ndarray]) -> Float64[np.ndarray, "thresholds"]:
    values = np.stack(rows) if rows else np.zeros((0, len(THRESHOLDS)))
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.full(len(THRESHOLDS), np.nan)
    np.divide(total, known.sum(axis=0), out=mean, where=known.any(axis=0))
    return mean


def _above(scores: np.ndarray) -> np.ndarray:
    """Counts the scores above each threshold, which is rounded as scores are: float32."""
    limits = THRESHOLDS.astype(np.float32).astype(np.float64)
    return len(scores) - np.searchsorted(np.sort(scores), limits, side="right")
