"""What a data set consists of, in numbers: classes, crowding, sizes and shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from boxwright.data.dataset import Dataset
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.structures import GroundTruth

QUANTILES = (0.0, 0.1, 0.5, 0.9, 1.0)
"""Shown of every distribution: smallest, tenth, median, ninetieth and largest."""

SIDE_EDGES = (0, 8, 16, 32, 64, 96, 128, 256, 512)
"""Classes of the mean box side in canvas pixels; the last is open."""


@dataclass(frozen=True, slots=True)
class DataStatistics:
    """The objects of one part of a data set, measured on the canvas that training would use.

    Args:
        categories: Class names by label.
        canvas_size: Height and width in pixels.
        image_sizes: Original heights and widths in pixels.
        objects_per_image: Ignored regions not counted.
        labels: Class of every object.
        image: Position of the image of every object.
        widths: Of the boxes in canvas pixels.
        heights: Of the boxes in canvas pixels.
        centres: Of the boxes as fractions of their image, (x, y).
        ignored: Number of ignored regions.
    """

    categories: tuple[str, ...]
    canvas_size: tuple[int, int]
    image_sizes: Int64[np.ndarray, "images 2"]
    objects_per_image: Int64[np.ndarray, "images"]
    labels: Int64[np.ndarray, "targets"]
    image: Int64[np.ndarray, "targets"]
    widths: Float32[np.ndarray, "targets"]
    heights: Float32[np.ndarray, "targets"]
    centres: Float32[np.ndarray, "targets 2"]
    ignored: int

    @property
    def sides(self) -> Float32[np.ndarray, "targets"]:
        """Mean side √(w·h) of every box in canvas pixels."""
        sides: Float32[np.ndarray, targets] = np.sqrt(self.widths * self.heights)
        return sides

    @property
    def aspect_ratios(self) -> Float32[np.ndarray, "targets"]:
        """Width over height of every box."""
        ratios: Float32[np.ndarray, targets] = self.widths / self.heights
        return ratios

    @property
    def objects_per_class(self) -> Int64[np.ndarray, "classes"]:
        """Number of objects by label."""
        counts: Int64[np.ndarray, classes] = np.bincount(self.labels, minlength=len(self.categories))
        return counts

    @property
    def images_per_class(self) -> Int64[np.ndarray, "classes"]:
        """Number of images with at least one object, by label."""
        pairs = np.unique(self.image * len(self.categories) + self.labels)
        return np.bincount(pairs % len(self.categories), minlength=len(self.categories))

    @property
    def images_without_objects(self) -> int:
        """Number of images that are background only."""
        return int((self.objects_per_image == 0).sum())

    def to_dict(self) -> dict[str, Any]:
        """Gives plain numbers, as JSON holds them."""
        sides = self.sides
        per_class = zip(self.categories, self.objects_per_class, self.images_per_class, strict=True)
        return {
            "canvas": list(self.canvas_size),
            "images": len(self.image_sizes),
            "images_without_objects": self.images_without_objects,
            "objects": len(self.labels),
            "ignored_regions": self.ignored,
            "classes": {name: {"objects": int(objects), "images": int(images)} for name, objects, images in per_class},
            "objects_per_image": quantiles(self.objects_per_image),
            "box_side": quantiles(sides),
            "box_sides": {name: int(count) for name, count in side_classes(sides)},
            "aspect_ratio": quantiles(self.aspect_ratios),
            "image_height": quantiles(self.image_sizes[:, 0]),
            "image_width": quantiles(self.image_sizes[:, 1]),
        }


def statistics_of(dataset: Dataset, canvas_size: tuple[int, int]) -> DataStatistics:
    """Measures a part of a data set without decoding an image.

    Args:
        dataset: The part.
        canvas_size: Height and width in pixels; images are fitted into it as training does.
    """
    truths = [dataset.truth(position) for position in range(len(dataset))]
    kept = [~truth.ignore.numpy() for truth in truths]
    counts = np.array([flags.sum() for flags in kept], dtype=np.int64)
    image_sizes = np.array([truth.origin.size for truth in truths], dtype=np.int64).reshape(-1, 2)
    boxes = _joined([truth.boxes.numpy()[flags] for truth, flags in zip(truths, kept, strict=True)], (0, 4), np.float32)
    scales = np.array([fit_letterbox(truth.origin.size, canvas_size).scale for truth in truths]).reshape(-1, 2)
    per_object = np.repeat(scales, counts, axis=0)
    image_size = np.repeat(image_sizes, counts, axis=0)
    return DataStatistics(
        dataset.categories,
        canvas_size,
        image_sizes,
        counts,
        _joined([truth.labels.numpy()[flags] for truth, flags in zip(truths, kept, strict=True)], (0,), np.int64),
        np.repeat(np.arange(len(truths)), counts),
        ((boxes[:, 2] - boxes[:, 0]) * per_object[:, 1]).astype(np.float32),
        ((boxes[:, 3] - boxes[:, 1]) * per_object[:, 0]).astype(np.float32),
        ((boxes[:, :2] + boxes[:, 2:]) / 2 / image_size[:, ::-1]).astype(np.float32),
        _ignored(truths, kept),
    )


def quantiles(values: np.ndarray) -> list[float]:
    """Gives the `QUANTILES` of a distribution, or nothing for an empty one.

    Args:
        values: One number per thing.
    """
    if not len(values):
        return []
    return [round(float(value), 3) for value in np.quantile(values, QUANTILES)]


def side_classes(sides: Float32[np.ndarray, "targets"]) -> list[tuple[str, int]]:
    """Counts boxes by mean side.

    Args:
        sides: In canvas pixels.

    Returns:
        Name and number of each class, the smallest first.
    """
    edges = (*SIDE_EDGES, np.inf)
    counts, _ = np.histogram(sides, edges)
    names = [f"{low}–{high}" for low, high in pairwise(SIDE_EDGES)]
    return list(zip([*names, f"≥ {SIDE_EDGES[-1]}"], counts.tolist(), strict=True))


def _joined(parts: Sequence[np.ndarray], empty: tuple[int, ...], kind: type) -> np.ndarray:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(empty, kind)


def _ignored(truths: Sequence[GroundTruth], kept: Sequence[np.ndarray]) -> int:
    return sum(len(truth) for truth in truths) - int(sum(flags.sum() for flags in kept))
