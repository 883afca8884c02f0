"""What detections of some images find, as far as it can be said without the other images."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.evaluation.compared_image import ComparedImage, Kind
from boxwright.evaluation.counted_detections import counted_detections
from boxwright.evaluation.matching import match
from boxwright.evaluation.overlap_pairs import overlap_pairs

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
SIZES = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""Ranges of the area in pixels; both ends belong to a range."""


@dataclass(frozen=True, slots=True)
class MatchedImages:
    """Detections of some images and what they find; of equal label and score they stand in the order of COCO.

    Detections compete within an image and class only, so images can be matched in any portions.

    Args:
        image_ids: Of the detections; those beyond the limit of an image and class are not here.
        labels: Of the detections.
        scores: Of the detections.
        in_range: Which detections have a size.
        finders: Rows of the detections that find a target at some size and threshold.
        rank: Of each finder in its image and class, the best is 0.
        is_found: Where a finder takes a target.
        is_true: Where this target counts.
        target_labels: Of the targets to find, without ignored regions.
        target_in_range: Which of them have a size.
    """

    image_ids: Int64[np.ndarray, "detections"]
    labels: Int64[np.ndarray, "detections"]
    scores: Float64[np.ndarray, "detections"]
    in_range: Bool[np.ndarray, "detections sizes"]
    finders: Int64[np.ndarray, "finders"]
    rank: Int64[np.ndarray, "finders"]
    is_found: Bool[np.ndarray, "finders sizes thresholds"]
    is_true: Bool[np.ndarray, "finders sizes thresholds"]
    target_labels: Int64[np.ndarray, "targets"]
    target_in_range: Bool[np.ndarray, "targets sizes"]


def match_images(images: Sequence[tuple[int, ComparedImage]], kind: Kind, most: int) -> MatchedImages:
    """Lets the detections of some images find their targets, by the rules of COCO.

    Args:
        images: Ids and contents.
        kind: Whether boxes or masks are compared.
        most: Best detections per image and class that count.
    """
    images = sorted(images, key=lambda each: each[0])
    contents = [image for _, image in images]
    columns = counted_detections(contents, kind, most)
    low, high = (np.array(ends) for ends in zip(*SIZES.values(), strict=True))
    outside = (columns.target_areas[:, None] < low) | (columns.target_areas[:, None] > high)
    ignored = outside | columns.crowd[:, None]
    pairs = overlap_pairs(contents, kind, columns.is_counted, float(IOU_THRESHOLDS[0]))
    candidates, found = match(pairs, columns.rank, columns.crowd, ignored, IOU_THRESHOLDS)
    finds = (found >= 0).any(axis=(1, 2))
    candidates, found = candidates[finds], found[finds]
    is_found = found >= 0
    position = np.full(len(columns.labels), -1)
    position[columns.order] = np.arange(len(columns.order))
    areas = columns.areas[columns.order][:, None]
    ids = np.array([image_id for image_id, _ in images], np.int64)
    return MatchedImages(
        image_ids=ids[columns.image[columns.order]],
        labels=columns.labels[columns.order],
        scores=columns.scores[columns.order],
        in_range=(areas >= low) & (areas <= high),
        finders=position[candidates],
        rank=columns.rank[candidates],
        is_found=is_found,
        is_true=is_found & ~ignored[found, np.arange(len(SIZES))[:, None]] if len(ignored) else is_found,
        target_labels=columns.target_labels[~columns.crowd],
        target_in_range=~outside[~columns.crowd],
    )


def joined(portions: Sequence[MatchedImages]) -> MatchedImages:
    """Puts portions together as if their images had been matched at once.

    Args:
        portions: Of different images, in any order.
    """
    portions = sorted(portions, key=_span) or [match_images([], "bbox", 1)]
    starts = np.cumsum([0, *(len(each.labels) for each in portions)]).tolist()
    columns = {name: np.concatenate([getattr(each, name) for each in portions]) for name in MatchedImages.__slots__}
    columns["finders"] = np.concatenate([each.finders + start for each, start in zip(portions, starts, strict=False)])
    spans = [_span(each) for each in portions if len(each.image_ids)]
    if any(last > first for (_, last), (first, _) in pairwise(spans)):  # images of one lie between those of another
        order = columns["image_ids"].argsort(kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        columns |= {name: columns[name][order] for name in ("image_ids", "labels", "scores", "in_range")}
        columns["finders"] = place[columns["finders"]]
    return MatchedImages(**columns)


def _span(portion: MatchedImages) -> tuple[int, int]:
    """Gives the lowest and the highest id of the images with detections."""
    ids = portion.image_ids
    return (int(ids.min()), int(ids.max())) if len(ids) else (0, 0)
