"""Precision and recall of every class, counted as COCO does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.evaluation.matched_images import MatchedImages
from boxwright.evaluation.threshold_curve import ThresholdCurve, threshold_curve

RECALLS = np.linspace(0.0, 1.0, 101)
_MOST_SHORT = 2**16
"""Labels below are sorted in one pass."""


@dataclass(frozen=True, slots=True)
class ClassPrecision:
    """Of one class; NaN where there is no target of a size.

    Args:
        label: Which class.
        precision: Made monotone.
        recall: With the best detections up to each limit of every image.
        by_threshold: At IoU 0.5, with all sizes.
    """

    label: int
    precision: Float64[np.ndarray, "sizes thresholds recalls"]
    recall: Float64[np.ndarray, "limits sizes thresholds"]
    by_threshold: ThresholdCurve


def class_precisions(matched: MatchedImages, limits: Sequence[int]) -> Iterator[ClassPrecision]:
    """Counts what detections find; classes without any target to find are left out.

    Args:
        matched: All images.
        limits: Best detections per image and class; the last one is the largest.
    """
    is_short = int(matched.labels.max(initial=0)) < _MOST_SHORT
    order = matched.labels.astype(np.uint16 if is_short else np.int64).argsort(kind="stable")
    labels = np.unique(matched.target_labels).tolist()
    starts, stops = (np.searchsorted(matched.labels[order], labels, side=side).tolist() for side in ("left", "right"))
    for start, stop in zip(starts, stops, strict=True):
        rows = order[start:stop]
        order[start:stop] = rows[(-matched.scores[rows]).argsort(kind="stable")]
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    finders = position[matched.finders].argsort()
    places = position[matched.finders[finders]]
    of_targets = matched.target_labels.argsort(kind="stable")
    target_ends = np.searchsorted(matched.target_labels[of_targets], [*labels, np.inf])
    for index, (label, start, stop) in enumerate(zip(labels, starts, stops, strict=True)):
        first, last = np.searchsorted(places, [start, stop])
        targets = of_targets[target_ends[index] : target_ends[index + 1]]
        of_class = order[start:stop], finders[first:last], places[first:last] - start
        yield _of_class(label, matched, limits, *of_class, matched.target_in_range[targets].sum(axis=0))


def _of_class(
    label: int,
    matched: MatchedImages,
    limits: Sequence[int],
    rows: Int64[np.ndarray, "detections"],
    finders: Int64[np.ndarray, "finders"],
    places: Int64[np.ndarray, "finders"],
    num_targets: Int64[np.ndarray, "sizes"],
) -> ClassPrecision:
    scores, in_range = matched.scores[rows], matched.in_range[rows]
    is_found, is_true = matched.is_found[finders], matched.is_true[finders]
    # what is in range and found nothing is a false alarm
    with_target = (is_found & in_range[places][:, :, None]).cumsum(axis=0)
    false = in_range.cumsum(axis=0)[places][:, :, None] - with_target
    rank = matched.rank[finders]
    found_at = [is_true[rank < limit].sum(axis=0) for limit in limits]
    counts = np.where(num_targets > 0, num_targets, np.nan)[:, None]
    at_half = (slice(None), 0, 0)
    return ClassPrecision(
        label,
        _precision(is_true, false, num_targets),
        np.stack([each / counts for each in found_at]),
        threshold_curve(
            scores, scores[places[is_true[at_half]]], scores[places[is_found[at_half]]], int(num_targets[0])
        ),
    )


def _precision(
    is_true: Bool[np.ndarray, "finders sizes thresholds"],
    false: Int64[np.ndarray, "finders sizes thresholds"],
    num_targets: Int64[np.ndarray, "sizes"],
) -> Float64[np.ndarray, "sizes thresholds recalls"]:
    """Reads precision at the recalls; it is highest where a target is found, so other places need not be looked at."""
    true = is_true.cumsum(axis=0)
    best = np.zeros((*is_true.shape[1:], int(num_targets.max(initial=0)) + 1))
    _, size, threshold = places = np.nonzero(is_true)
    best[size, threshold, true[places]] = true[places] / (false[places] + true[places])
    best = np.maximum.accumulate(best[..., ::-1], axis=-1)[..., ::-1]
    curves = np.full((*best.shape[:2], len(RECALLS)), np.nan)
    for index, count in enumerate(num_targets.tolist()):
        if count:
            curves[index] = best[index][:, np.searchsorted(np.arange(count + 1) / count, RECALLS)]
    return curves
