"""Precision and recall of every class, counted as COCO does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.evaluation.compared_image import ComparedImage, Kind
from boxwright.evaluation.counted_detections import CountedDetections, counted_detections
from boxwright.evaluation.matching import match
from boxwright.evaluation.overlap_pairs import overlap_pairs
from boxwright.evaluation.threshold_curve import ThresholdCurve, threshold_curve

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
SIZES = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""Ranges of the area in pixels; both ends belong to a range."""


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


def class_precisions(images: Sequence[ComparedImage], kind: Kind, limits: Sequence[int]) -> Iterator[ClassPrecision]:
    """Compares detections with targets; classes without any target to find are left out.

    Args:
        images: In the order in which they are ranked.
        kind: Whether boxes or masks are compared.
        limits: Best detections per image and class; the last one is the largest.
    """
    columns = counted_detections(images, kind, limits[-1])
    low, high = (np.array(ends) for ends in zip(*SIZES.values(), strict=True))
    outside = (columns.target_areas[:, None] < low) | (columns.target_areas[:, None] > high)
    ignored = outside | columns.crowd[:, None]
    pairs = overlap_pairs(images, kind, columns.is_counted, float(IOU_THRESHOLDS[0]))
    candidates, found = match(pairs, columns.rank, columns.crowd, ignored, IOU_THRESHOLDS)

    areas = columns.areas[columns.order][:, None]
    in_range = (areas >= low) & (areas <= high)
    before = np.concatenate([np.zeros((1, len(SIZES)), np.int64), in_range.cumsum(axis=0)])
    position = np.full(len(columns.labels), -1)
    position[columns.order] = np.arange(len(columns.order))
    sequence = position[candidates].argsort()
    candidates, found = candidates[sequence], found[sequence]
    for label in np.unique(columns.target_labels[~columns.crowd]).tolist():
        start, stop = np.searchsorted(columns.labels[columns.order], [label, label + 1])
        first, last = np.searchsorted(position[candidates], [start, stop])
        yield _of_class(
            label,
            columns,
            limits,
            num_targets=(~ignored[columns.target_labels == label]).sum(axis=0),
            scores=columns.scores[columns.order[start:stop]],
            candidates=candidates[first:last],
            places=position[candidates[first:last]] - start,
            found=found[first:last],
            ignored=ignored,
            in_range=in_range[start:stop],
            in_range_before=before[start : stop + 1] - before[start],
        )


def _of_class(
    label: int,
    columns: CountedDetections,
    limits: Sequence[int],
    *,
    num_targets: Int64[np.ndarray, "sizes"],
    scores: Float64[np.ndarray, "detections"],
    candidates: Int64[np.ndarray, "candidates"],
    places: Int64[np.ndarray, "candidates"],
    found: Int64[np.ndarray, "candidates sizes thresholds"],
    ignored: Bool[np.ndarray, "targets sizes"],
    in_range: Bool[np.ndarray, "detections sizes"],
    in_range_before: Int64[np.ndarray, "_more sizes"],
) -> ClassPrecision:
    is_found = found >= 0
    is_true = is_found & ~ignored[found, np.arange(len(SIZES))[:, None]] if len(ignored) else is_found
    # what is in range and found nothing is a false alarm
    with_target = (is_found & in_range[places][:, :, None]).cumsum(axis=0)
    false = in_range_before[places + 1][:, :, None] - with_target
    rank = columns.rank[candidates]
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
    is_true: Bool[np.ndarray, "candidates sizes thresholds"],
    false: Int64[np.ndarray, "candidates sizes thresholds"],
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
