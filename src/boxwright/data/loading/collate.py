"""From samples to a batch."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from boxwright.data.loading.mask_reduction import reduce_masks
from boxwright.data.transforms.tracing import traces
from boxwright.errors import ShapeError
from boxwright.structures import Batch, ImageOrigin, InstanceMasks, Sample, Targets


def collate(samples: Sequence[Sample], mask_stride: int | None = None) -> Batch:
    """Stacks the images and concatenates the targets, without padding.

    Args:
        samples: At least one; all of one image size.
        mask_stride: Image pixels per mask pixel in the batch, or None for no masks.

    Raises:
        ShapeError: There is no sample, the image sizes differ, or masks are wanted and a sample has none.
    """
    sizes = {sample.size for sample in samples}
    if len(sizes) != 1:
        raise ShapeError(f"A batch needs images of one size; found {sorted(sizes) or 'no sample'}. Fit them first.")
    images = torch.empty((len(samples), *samples[0].image.shape), dtype=torch.uint8)
    for target, sample in zip(images, samples, strict=True):
        target.copy_(sample.image)
    targets = Targets.from_lists(
        [sample.boxes for sample in samples],
        [sample.labels for sample in samples],
        [sample.ignore for sample in samples],
    )
    targets = replace(targets, annotation=traces(samples))
    if mask_stride is not None:
        targets = replace(targets, masks=_batched(samples, mask_stride))
    return Batch(images, targets, tuple(sample.origin for sample in samples))


def batch_of_none(canvas_size: tuple[int, int], mask_stride: int | None = None) -> Batch:
    """Builds a batch without images, for a process that has no part in the last batch of an epoch.

    Args:
        canvas_size: Height and width in pixels that its images would have.
        mask_stride: As for `collate`.
    """
    image = torch.zeros((3, *canvas_size), dtype=torch.uint8)
    empty, masks = torch.zeros(0, dtype=torch.int64), InstanceMasks.empty(canvas_size)
    blank = Sample(
        image, torch.zeros(0, 4), empty, empty.bool(), ImageOrigin(0, None, canvas_size), masks, empty.view(0, 2)
    )
    one = collate([blank], mask_stride)
    return Batch(one.images[:0], replace(one.targets, batch_size=0), ())


def _batched(samples: Sequence[Sample], stride: int) -> InstanceMasks:
    lacking = [sample.origin.name for sample in samples if sample.masks is None]
    if lacking:
        raise ShapeError(f"Masks are wanted, but {lacking[0]} has none. Open the data set with masks=True.")
    return InstanceMasks.concatenate(
        [reduce_masks(sample.masks, stride) for sample in samples if sample.masks is not None]
    )
