"""How many objects an image has, and how much the sizes of those of one class differ."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from boxwright.data import Dataset

MOST_IMAGES = 500
"""That are looked at, spread evenly over the data."""

FEWEST_OBJECTS = 30
"""Beyond the first of every class; fewer say too little."""


@dataclass(frozen=True, slots=True)
class ObjectFigures:
    """What the objects of a data set are like.

    Args:
        most_per_image: Objects of the image that has most, of `MOST_IMAGES`.
        size_spread: Factor by which the side of an object typically differs from those of its class, 1 or more; None
            where there are too few objects. It is the exponential of the standard deviation of the logarithm of sides,
            of the square root of the area of a box as a share of the longer side of its image, each compared with the
            mean of its class.
    """

    most_per_image: int
    size_spread: float | None


def object_figures(data: Dataset) -> ObjectFigures:
    """Looks at the objects of a data set that are no ignored regions.

    Args:
        data: At least one image, of which only the annotations are read.
    """
    positions = torch.linspace(0, len(data) - 1, min(len(data), MOST_IMAGES)).long().unique().tolist()
    found = [_labels_and_sides(data, position) for position in positions]
    labels, sides = (torch.cat(each) for each in zip(*found, strict=True))
    most = max(len(of_image) for of_image, _ in found)
    return ObjectFigures(most, _size_spread(labels[sides > 0], sides[sides > 0].double().log()))


def _size_spread(labels: Tensor, logs: Tensor) -> float | None:
    counts = torch.bincount(labels, minlength=1)
    sums = torch.zeros(len(counts), dtype=torch.float64).index_add_(0, labels, logs)
    free = len(logs) - int((counts > 0).sum())
    if free < FEWEST_OBJECTS:
        return None
    deviations = logs - (sums / counts.clamp(min=1))[labels]
    return math.exp(math.sqrt(float(deviations.square().sum()) / free))


def _labels_and_sides(data: Dataset, position: int) -> tuple[Tensor, Tensor]:
    truth = data.truth(position)
    boxes = truth.boxes[~truth.ignore].double()
    sides = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt() / max(truth.origin.size)
    return truth.labels[~truth.ignore], sides
