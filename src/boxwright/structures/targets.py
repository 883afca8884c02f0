"""The targets of a batch, concatenated, without padding."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError, counted
from boxwright.structures.instance_masks import InstanceMasks


@dataclass(frozen=True, slots=True)
class Targets:
    """All ground-truth objects of a batch, one row each.

    Built on the CPU the values are checked; on another device only shapes are, since a value check would wait for
    the device.

    Args:
        boxes: xyxy in canvas pixels.
        labels: Class indices from 0.
        image: Row → position of its image in the batch, ascending.
        ignore: True for regions that are neither object nor background.
        batch_size: Number of images, images without targets included.
        masks: One per target, at a stride of the canvas (`masks.stride`), or None.
        image_sizes: Height and width in canvas pixels of images that lie in the upper left corner of a larger canvas;
            None: nothing is known about what of the canvas is image.
        annotation: Where each target is annotated: position of its image in the data set and row among the objects of
            that image; or None.

    Raises:
        ShapeError: Columns differ in length, or (on the CPU) a box is not finite or has x2 < x1 or y2 < y1, a label
            is negative, or an image index is out of range or not ascending.
    """

    boxes: Float[Tensor, "targets 4"]
    labels: Int64[Tensor, "targets"]
    image: Int64[Tensor, "targets"]
    ignore: Bool[Tensor, "targets"]
    batch_size: int
    masks: InstanceMasks | None = None
    image_sizes: Int64[Tensor, "batch 2"] | None = None
    annotation: Int64[Tensor, "targets 2"] | None = None

    def __post_init__(self) -> None:
        """Checks the columns, and on the CPU their values."""
        lengths = [len(self.boxes), len(self.labels), len(self.image), len(self.ignore)]
        if len(set(lengths)) > 1:
            raise ShapeError(
                f"Targets need columns of one length; boxes, labels, image, ignore have {lengths}. Give every target "
                "one row in each."
            )
        if self.masks is not None and len(self.masks) != len(self.labels):
            raise ShapeError(
                f"Targets have {counted(len(self.labels), 'box', 'boxes')} and {counted(len(self.masks), 'mask')}. "
                "Give every target its mask, "
                "in the order of the boxes; an ignored region without one gets an empty mask."
            )
        if self.image_sizes is not None and len(self.image_sizes) != self.batch_size:
            raise ShapeError(
                f"image_sizes has {counted(len(self.image_sizes), 'row')} for {counted(self.batch_size, 'image')}. "
                "Give every image its size."
            )
        if self.annotation is not None and len(self.annotation) != len(self.labels):
            raise ShapeError(
                f"Targets have {counted(len(self.labels), 'box', 'boxes')} and {counted(len(self.annotation), 'row')} "
                "of annotation. Give every "
                "target one."
            )
        if self.boxes.device.type == "cpu" and not torch.compiler.is_compiling():
            _check_values(self)

    def __len__(self) -> int:
        """Number of targets."""
        return self.labels.shape[0]

    @classmethod
    def from_lists(cls, boxes: list[Tensor], labels: list[Tensor], ignore: list[Tensor] | None = None) -> "Targets":
        """Concatenates per-image boxes and labels, as torchvision-style data sets yield them.

        Args:
            boxes: Per image, xyxy in canvas pixels, `targets 4` (an image without objects: `0 4`).
            labels: Per image, class indices from 0.
            ignore: Per image, which targets are ignored regions; none if left out.
        """
        columns = {"boxes": boxes, "labels": labels, **({} if ignore is None else {"ignore": ignore})}
        counts_found = {name: [len(rows) for rows in column] for name, column in columns.items()}
        if len({tuple(found) for found in counts_found.values()}) > 1:
            raise ShapeError(
                f"One entry per image is needed, with one row per target; found {counts_found}. Give an image without "
                "objects empty entries."
            )
        device = boxes[0].device if boxes else torch.device("cpu")
        counts = torch.tensor([len(rows) for rows in boxes], dtype=torch.int64, device=device)
        image = torch.arange(len(boxes), device=device).repeat_interleave(counts)
        all_labels = torch.cat([torch.zeros(0, dtype=torch.int64, device=device), *(_whole(rows) for rows in labels)])
        all_boxes = torch.cat([*(rows.reshape(-1, 4) for rows in boxes), torch.zeros(0, 4, device=device)]).float()
        flags = torch.zeros_like(all_labels, dtype=torch.bool)
        if ignore is not None:
            flags = torch.cat([flags[:0], *(rows.bool() for rows in ignore)])
        return cls(all_boxes, all_labels, image, flags, len(boxes))

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "Targets":
        """Moves every tensor to a device."""
        return self._moved(lambda column: column.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "Targets":
        """Pins every tensor for a fast copy to a GPU."""
        return self._moved(lambda column: column.pin_memory())

    def _moved(self, move: Callable[[Any], Any]) -> "Targets":
        """Gives the columns after a move; each is a tensor or moves like one."""
        columns = {
            name: move(column)
            for name in ("boxes", "labels", "image", "ignore", "masks", "image_sizes", "annotation")
            if (column := getattr(self, name)) is not None
        }
        return replace(self, **columns)


def _whole(labels: Tensor) -> Int64[Tensor, "targets"]:
    """Gives class indices as integers; fractions are an error (on the CPU)."""
    if labels.is_floating_point() and labels.device.type == "cpu" and bool((labels != labels.floor()).any()):
        raise ShapeError(
            f"Labels are class indices; found {labels[labels != labels.floor()][:3].tolist()}. Round them."
        )
    return labels.long()


def _check_values(targets: Targets) -> None:
    """Raises ShapeError with the first offending row."""
    boxes, image = targets.boxes, targets.image
    faults = {
        "a box that is not finite": ~boxes.isfinite().all(dim=1),
        "a box with x2 < x1 or y2 < y1": (boxes[:, 2:] < boxes[:, :2]).any(dim=1),
        "a negative label": targets.labels < 0,
        f"an image index outside 0…{targets.batch_size - 1}": (image < 0) | (image >= targets.batch_size),
        "an image index smaller than the row before (rows must be sorted by image)": image < image.roll(1),
    }
    for what, bad in faults.items():
        if "smaller" in what and len(bad):
            bad[0] = False
        if bool(bad.any()):
            row = int(bad.nonzero()[0])
            raise ShapeError(
                f"Targets row {row} has {what}: box {boxes[row].tolist()}, label {int(targets.labels[row])}, "
                f"image {int(image[row])}. Mend or drop it before building Targets."
            )
