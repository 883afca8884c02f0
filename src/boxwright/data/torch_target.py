"""The dictionary of boxes and labels of torchvision's contract, checked."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from boxwright.bounded_text import listed
from boxwright.data.formats.box_check import UnsoundError, sound_box
from boxwright.errors import DataError, counted
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.structures import GroundTruth, ImageOrigin, InstanceMasks


def read_target(
    target: Mapping[str, Any], name: str, image_id: int, size: tuple[int, int], num_classes: int, first_label: int
) -> GroundTruth:
    """Reads the objects of one image.

    Args:
        target: `boxes`, `labels`, and perhaps `masks`, `iscrowd` and `area`.
        name: What to call the image in messages.
        image_id: Of the image.
        size: Its height and width.
        num_classes: How many classes there are.
        first_label: What the data set calls the first of them.

    Raises:
        DataError: Something is missing or does not fit.
    """
    lacking = [key for key in ("boxes", "labels") if key not in target]
    if lacking:
        raise DataError(
            f"{name}: the target has no {' and no '.join(lacking)}; found {sorted(map(str, target))}. Add it."
        )
    boxes = _clipped(_corners(target["boxes"], name, size), name, size)
    count = len(boxes)
    columns = {
        "labels": _whole(target["labels"], "labels", name),
        "iscrowd": _truths(target.get("iscrowd", torch.zeros(count)), "iscrowd", name),
        "area": _plain(target.get("area", _areas(boxes)), "area", name, torch.float32),
    }
    wrong = [
        f"{key} {tuple(value.shape)}"
        for key, value in columns.items()
        if value.shape != (count,) and (count or value.numel())
    ]
    if wrong:
        raise DataError(f"{name}: {counted(count, 'box', 'boxes')} but {', '.join(wrong)}. Give one value per box.")
    labels, ignore, area = (value.reshape(-1) for value in columns.values())
    last = first_label + num_classes - 1
    if count and (int(labels.min()) < first_label or int(labels.max()) > last):
        raise DataError(
            f"{name}: labels must be {first_label} to {last}; found {labels.unique().tolist()}. "
            "Correct them, the categories, or first_label."
        )
    masks = _masks(target.get("masks"), count, name, size)
    return GroundTruth(boxes, labels - first_label, ignore, area, ImageOrigin(image_id, None, size), masks)


def stated_size(target: Mapping[str, Any]) -> tuple[int, int] | None:
    """Gives height and width of the image that the objects of a target were drawn on, where it says them.

    Args:
        target: See `read_target`.
    """
    frame, masks = getattr(target.get("boxes"), "canvas_size", None), target.get("masks")
    if frame is None and getattr(masks, "ndim", 0) == 3:
        frame = masks.shape[1:]  # type: ignore[union-attr]
    return None if frame is None else (int(frame[0]), int(frame[1]))


def _corners(boxes: Any, name: str, size: tuple[int, int]) -> Tensor:
    """Gives boxes as xyxy; those of torchvision say which form they have and which size of image they fit."""
    frame, form = stated_size({"boxes": boxes}), getattr(getattr(boxes, "format", None), "name", "XYXY")
    plain = _plain(boxes, "boxes", name, torch.float32)
    if form not in ("XYXY", "XYWH", "CXCYWH"):
        raise DataError(f"{name}: boxes of the form {form} are rotated; boxwright has upright ones. Convert to XYXY.")
    if frame not in (None, size):
        raise DataError(
            f"{name}: the boxes are for an image of height and width {frame}, but the image has {size}. "
            "Transform both alike."
        )
    if plain.numel() == 0:
        return torch.zeros(0, 4)
    if plain.ndim != 2 or plain.shape[1] != 4:
        raise DataError(f"{name}: boxes must be targets × 4; found {tuple(plain.shape)}. Give one row xyxy per object.")
    if form == "XYWH":
        return torch.cat((plain[:, :2], plain[:, :2] + plain[:, 2:]), dim=1)
    return cxcywh_to_xyxy(plain) if form == "CXCYWH" else plain


def _clipped(boxes: Tensor, name: str, size: tuple[int, int]) -> Tensor:
    """Clips boxes to their image by the rule of all formats."""
    kept = []
    for number, (left, top, right, bottom) in enumerate(boxes.tolist()):
        try:
            corners, _ = sound_box((left, top, right, bottom), size, f"box {[left, top, right, bottom]}")
        except UnsoundError as reason:
            cure = reason.cure or "Correct or remove it"
            raise DataError(f"{name}, object {number}: {reason.message}. {cure}.") from reason
        kept.append(corners)
    return torch.tensor(kept, dtype=torch.float32).reshape(-1, 4)


def _areas(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _whole(labels: Any, key: str, name: str) -> Tensor:
    """Gives labels as int64; those with a fraction are refused and not cut."""
    plain = _plain(labels, key, name)
    whole = plain.to(torch.int64)
    if plain.is_complex() or not torch.equal(whole.to(plain.dtype), plain):
        raise DataError(f"{name}: {key} must be whole numbers; found {listed(plain.tolist())}. Correct them.")
    return whole


def _truths(values: Any, key: str, name: str) -> Tensor:
    """Gives 0 and 1 as truth values; no other number says whether something is so."""
    plain = _plain(values, key, name)
    if not bool(((plain == 0) | (plain == 1)).all()):
        raise DataError(f"{name}: {key} must be 0 or 1; found {listed(plain.tolist())}. Correct them.")
    return plain.bool()


def _plain(value: Any, key: str, name: str, dtype: torch.dtype | None = None) -> Tensor:
    """Takes a tensor, array or list of numbers, without what a subclass adds."""
    try:
        if isinstance(value, list | tuple) and value and all(isinstance(each, Tensor) for each in value):
            value = torch.stack(list(value))
        return torch.as_tensor(value, dtype=dtype).detach().cpu().as_subclass(Tensor)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{name}: {key} are no plain numbers: {value!r:.80} ({error}). Give a tensor.") from error


def _masks(masks: Any, count: int, name: str, size: tuple[int, int]) -> InstanceMasks | None:
    if masks is None:
        return None
    pixels = _plain(masks, "masks", name)
    if not count and not pixels.numel():
        pixels = pixels.new_zeros((0, *size))
    if pixels.shape != (count, *size):
        raise DataError(f"{name}: masks must be {(count, *size)}; found {tuple(pixels.shape)}. Give one per box.")
    empty = (~(pixels > 0).flatten(1).any(dim=1)).nonzero().flatten().tolist()
    if empty:
        raise DataError(f"{name}, object {listed(empty)}: the mask covers no pixel. Redraw it, or remove the object.")
    return InstanceMasks.from_boolean(pixels > 0)
