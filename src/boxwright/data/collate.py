"""From samples to a batch."""

from collections.abc import Sequence

import torch

from boxwright.errors import ShapeError
from boxwright.structures import Batch, Sample, Targets


def collate(samples: Sequence[Sample]) -> Batch:
    """Stacks the images and concatenates the targets, without padding.

    Args:
        samples: At least one; all of one image size.

    Raises:
        ShapeError: There is no sample, or the image sizes differ.
    """
    sizes = {sample.size for sample in samples}
    if len(sizes) != 1:
        raise ShapeError(f"A batch needs images of one size; found {sorted(sizes) or 'no sample'}. Fit them first.")
    if any(sample.masks is not None for sample in samples):
        raise ShapeError("Instance masks cannot be batched yet. Leave them out of the samples.")
    images = torch.empty((len(samples), *samples[0].image.shape), dtype=torch.uint8)
    for target, sample in zip(images, samples, strict=True):
        target.copy_(sample.image)
    targets = Targets.from_lists(
        [sample.boxes for sample in samples],
        [sample.labels for sample in samples],
        [sample.ignore for sample in samples],
    )
    return Batch(images, targets, tuple(sample.origin for sample in samples))
