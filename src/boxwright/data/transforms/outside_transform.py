"""Transforms of torchvision and albumentations as a step of ours."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.transforms.composition import keep_visible
from boxwright.errors import ConfigError
from boxwright.geometry.boxes import clip_boxes
from boxwright.structures import InstanceMasks, Sample

SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class OutsideTransform:
    """Applies a transform of another library to a sample; objects that it leaves nothing of are dropped.

    Law: equal samples and equal generator states give equal results, whatever the library draws its numbers from.

    Args:
        transform: A module of `torchvision.transforms.v2`; a transform of albumentations; or any callable with the
            arguments of `Transform`.
    """

    transform: Callable[..., Any]

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Applies it.

        Args:
            sample: A training picture.
            rng: The only source of randomness.

        Raises:
            ConfigError: The picture has another size then.
        """
        if type(self.transform).__module__.partition(".")[0].startswith("albumentations"):
            image, boxes, rows, masks = _of_albumentations(self.transform, sample, rng)
        elif isinstance(self.transform, nn.Module):
            image, boxes, rows, masks = _of_torchvision(self.transform, sample, rng)
        else:
            own: Sample = self.transform(sample, rng)
            return own
        if image.shape != sample.image.shape or image.dtype != torch.uint8:
            raise ConfigError(
                f"transform: the picture must stay {tuple(sample.image.shape)} in bytes; found "
                f"{tuple(image.shape)} of {image.dtype}. Leave out what crops, resizes, normalises or converts."
            )
        return _changed(sample, image, boxes, rows, masks)


def _of_torchvision(
    transform: nn.Module, sample: Sample, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    from torchvision import tv_tensors

    size = (sample.image.shape[-2], sample.image.shape[-1])
    target: dict[str, Any] = {
        "boxes": tv_tensors.BoundingBoxes(sample.boxes, format="XYXY", canvas_size=size),
        "labels": torch.arange(len(sample.labels)),  # the row, so that it is known what was dropped
    }
    if sample.masks is not None:
        target["masks"] = tv_tensors.Mask(sample.masks.to_boolean())
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(int(rng.integers(SEEDS)))
        image, found = transform(tv_tensors.Image(sample.image), target)
    masks = found["masks"].as_subclass(Tensor).bool() if "masks" in found else None
    return image.as_subclass(Tensor), found["boxes"].as_subclass(Tensor).float(), found["labels"], masks


def _of_albumentations(
    transform: Any, sample: Sample, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    import albumentations

    steps = transform.transforms if isinstance(transform, albumentations.Compose) else [transform]
    how = albumentations.BboxParams("pascal_voc", label_fields=["rows"], clip=True)
    composed = albumentations.Compose(steps, bbox_params=how, seed=int(rng.integers(SEEDS)))
    given: dict[str, Any] = {"bboxes": sample.boxes.numpy(), "rows": np.arange(len(sample.labels))}
    if sample.masks is not None and len(sample.masks):
        given["masks"] = sample.masks.to_boolean().numpy().astype(np.uint8)
    found = composed(image=as_pixels(sample.image), **given)
    rows = torch.as_tensor(np.asarray(found["rows"], dtype=np.int64))
    boxes = torch.as_tensor(np.asarray(found["bboxes"], dtype=np.float32).reshape(-1, 4))
    masks = torch.as_tensor(np.stack(found["masks"])).bool()[rows] if "masks" in given else None
    return as_tensor(np.ascontiguousarray(found["image"])), boxes, rows, masks


def _changed(sample: Sample, image: Tensor, boxes: Tensor, rows: Tensor, masks: Tensor | None) -> Sample:
    clipped = clip_boxes(boxes, (image.shape[-2], image.shape[-1]))
    rows = rows.long()
    keep = keep_visible(boxes, clipped, sample.ignore[rows])
    kept = rows[keep]
    packed = sample.masks if masks is None else InstanceMasks.from_boolean(masks[keep])
    return replace(
        sample,
        image=image.contiguous(),
        boxes=clipped[keep],
        labels=sample.labels[kept],
        ignore=sample.ignore[kept],
        masks=packed,
        annotation=None if sample.annotation is None else sample.annotation[kept],
    )
