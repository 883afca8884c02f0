"""What a recipe has to fit: how much there is to learn from, for how long, and from what beginning."""

from dataclasses import dataclass
from typing import Literal

Beginning = Literal["nothing", "backbone", "detector"]
"""What weights a training begins with: random ones, those of a classifier, or those of a whole detector."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a recipe has to fit.

    Args:
        images: To train on.
        epochs: Passes over them.
        beginning: What the weights are at the beginning.
        batch_size: Images per batch over all devices, where a number was given.
        devices: Number of devices, which share a batch evenly.
        size_spread: Factor by which the side of an object typically differs from those of its class, 1 or more; None
            where that is not known.
        most_objects: Objects of the image that has most, of those that were looked at.
        max_detections: Most detections of an image that the system gives as published; None where it is the user's own.
        draws: Pictures of an epoch, where images of rare categories come more often; None for one of each image.
        noun: What an image is, "tile" where images are cut.
    """

    images: int
    epochs: int
    beginning: Beginning = "nothing"
    batch_size: int | None = None
    devices: int = 1
    size_spread: float | None = None
    most_objects: int = 0
    max_detections: int | None = None
    draws: int | None = None
    noun: str = "image"

    @property
    def pictures(self) -> int:
        """Pictures of an epoch."""
        return self.images if self.draws is None else self.draws

    @property
    def passes(self) -> int:
        """Pictures of the whole training."""
        return self.pictures * self.epochs
