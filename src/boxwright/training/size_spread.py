"""How much the sizes of the objects of one class differ."""

import math

import torch
from torch import Tensor

from boxwright.data import Dataset

MOST_IMAGES = 500
"""That are looked at, spread evenly over the data."""

FEWEST_OBJECTS = 30
"""Beyond the first of every class; fewer say too little."""


def size_spread(data: Dataset) -> float | None:
    """Gives the factor by which the side of an object typically differs from those of its class, 1 or more.

    It is the exponential of the standard deviation of the logarithm of sides, of the square root of the area of a box
    as a share of the longer side of its image, each compared with the mean of its class. Ignored regions do not count.

    Args:
        data: At least one image, of which only the annotations are read.

    Returns:
        None where there are too few objects.
    """
    positions = torch.linspace(0, len(data) - 1, min(len(data), MOST_IMAGES)).long().unique().tolist()
    labels, sides = (torch.cat(each) for each in zip(*(_labels_and_sides(data, at) for at in positions), strict=True))
    labels, logs = labels[sides > 0], sides[sides > 0].double().log()
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
