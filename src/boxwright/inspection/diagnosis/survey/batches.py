"""The targets of a data set as a training sees them, with images or without."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import UInt8
from torch import Tensor

from boxwright.data import Dataset, evaluation_loader, training_loader
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.structures import Batch, Targets
from boxwright.systems import System

IMAGES_AT_ONCE = 64
_PRIORS_AT_ONCE = 1 << 21  # of all images of a batch together


@dataclass(frozen=True, slots=True)
class Sight:
    """How images are seen.

    Args:
        is_augmented: Whether as in the first epoch of a training; else each fitted to the canvas and no more.
        batch_size: Images per batch, where images are needed.
        workers: Processes that load them.
        device: Where a network computes.
        pictures: How many augmented pictures; None for one per image of the data set.
        seed: Of the augmentation.
    """

    is_augmented: bool = False
    batch_size: int = 16
    workers: int = 0
    device: torch.device | str = "cpu"
    pictures: int | None = None
    seed: int = 0

    def count(self, dataset: Dataset) -> int:
        """Gives the number of pictures that are looked at.

        Args:
            dataset: Where they come from.
        """
        if self.is_augmented and self.pictures is not None:
            return min(self.pictures, len(dataset))
        return len(dataset)


def boxes_only(dataset: Dataset, canvas_size: tuple[int, int], system: System, num_priors: int) -> Iterator[Targets]:
    """Gives the targets of all images, fitted to the canvas, in batches; no image is decoded.

    Args:
        dataset: Where they are.
        canvas_size: Height and width in pixels.
        system: Says how images lie in the canvas.
        num_priors: Of the canvas; decides how many images make a batch.
    """
    together = max(1, min(IMAGES_AT_ONCE, _PRIORS_AT_ONCE // max(1, num_priors)))
    for first in range(0, len(dataset), together):
        truths = [dataset.truth(position) for position in range(first, min(first + together, len(dataset)))]
        fits = [fit_letterbox(truth.origin.size, canvas_size, fit=system.fit) for truth in truths]
        yield Targets.from_lists(
            [fit.to_canvas(truth.boxes) for fit, truth in zip(fits, truths, strict=True)],
            [truth.labels for truth in truths],
            [truth.ignore for truth in truths],
        )


def batches(
    system: System, canvas_size: tuple[int, int], dataset: Dataset, sight: Sight, *, num_priors: int, has_images: bool
) -> Iterator[tuple[Targets, UInt8[Tensor, "batch 3 height width"] | None]]:
    """Gives the targets of a data set batch by batch, with the images if they were needed or loaded anyway.

    Args:
        system: Says how images are fitted and augmented.
        canvas_size: Height and width in pixels.
        dataset: Where they come from.
        sight: How they are seen.
        num_priors: Of the canvas.
        has_images: Whether images are needed.

    Raises:
        DataError: An image cannot be read.
    """
    if not has_images and not sight.is_augmented:
        for targets in boxes_only(dataset, canvas_size, system, num_priors):
            yield targets, None
        return
    left = sight.count(dataset)
    for batch in _loaded(system, canvas_size, dataset, sight):
        kept = batch if len(batch) <= left else _first(batch, left)
        left -= len(kept)
        yield kept.targets, kept.images
        if not left:
            return


def _loaded(system: System, canvas_size: tuple[int, int], dataset: Dataset, sight: Sight) -> Iterator[Batch]:
    if not sight.is_augmented:
        return iter(evaluation_loader(dataset, canvas_size, sight.batch_size, workers=sight.workers, fit=system.fit))
    return iter(
        training_loader(
            dataset,
            canvas_size,
            sight.batch_size,
            system.recipe.augmentation,
            seed=sight.seed,
            workers=sight.workers,
            mask_stride=system.mask_stride,
            fit=system.fit,
        )
    )


def _first(batch: Batch, count: int) -> Batch:
    """Keeps the first images of a batch."""
    targets = batch.targets
    rows = targets.image < count
    columns = (targets.boxes[rows], targets.labels[rows], targets.image[rows], targets.ignore[rows])
    return Batch(batch.images[:count], Targets(*columns, count), batch.origins[:count])
