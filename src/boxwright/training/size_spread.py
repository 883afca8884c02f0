"""How much the sizes of objects of one class differ in a data set."""

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
    as a share of the longer side of its image, each compared with the mean of its class.

    Args:
        data: Of which only the annotations are read.

    Returns:
        None where there are too few objects.
    """
    positions = torch.linspace(0, len(data) - 1, min(len(data), MOST_IMAGES)).long().unique().tolist()
    found = [_sides(data, position) for position in positions]
    labels, sides = (torch.cat(each) for each in zip(*found, strict=True)) if found else (torch.zeros(0).long(),) * 2
    logs = sides.double().log()
    counts = torch.bincount(labels, minlength=1)
    sums = torch.zeros(len(counts), dtype=torch.float64).index_add_(0, labels, logs)
    free = len(logs) - int((counts > 0).sum())
    if free < FEWEST_OBJECTS:
        return None
    deviations = logs - (sums / counts.clamp(min=1))[labels]
    return math.exp(math.sqrt(float(deviations.square().sum()) / free))


def _sides(data: Dataset, position: int) -> tuple[Tensor, Tensor]:
    """Gives labels and sides of the objects of an image that are no ignored regions."""
    truth = data.truth(position)
    boxes = truth.boxes[~truth.ignore].double()
    sides = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt() / max(truth.origin.size)
    is_sized = sides > 0
    return truth.labels[~truth.ignore][is_sized], sides[is_sized]
