"""The objects of a batch, and what a criterion gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
BACKGROUND, IGNORED = -1, -2


@dataclass(frozen=True)
class Targets:
    """Boxes (x1, y1, x2, y2), labels and image of every object; an object is named by its place in the list."""

    boxes: Sequence[Sequence[float]]
    labels: Sequence[int]
    images: Sequence[int]
    batch: int

    def of_image(self, image: int) -> list[int]:
        """Gives the objects of an image, in their order."""
        return [target for target, owner in enumerate(self.images) if owner == image]


def targets_of(boxes: Array, labels: Array, images: Array, batch: int) -> Targets:
    """Reads targets out of arrays."""
    return Targets(np.asarray(boxes, dtype=np.float64).tolist(), labels.tolist(), images.tolist(), batch)


@dataclass
class Outcome:
    """Losses by name, and the gradient of their sum along each predicted array."""

    losses: dict[str, float]
    gradients: dict[str, NDArray[np.float64]] = field(default_factory=dict)
