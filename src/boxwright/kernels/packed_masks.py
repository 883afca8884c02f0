"""Masks out of windows of logits, one after the other, so that memory follows the bits that are given back."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.geometry.masks import upsample_window
from boxwright.structures.instance_masks import InstanceMasks

_PIXELS_AT_ONCE = 1 << 20
_PIXELS_TO_PACK = 1 << 24


class LogitWindow(NamedTuple):
    """What of a map of logits one mask is read from.

    Args:
        logits: The map.
        rows: Where in it the centres of the mask's rows lie.
        columns: Where in it the centres of the mask's columns lie.
        left: First column of the mask in its image.
        top: First row.
    """

    logits: Tensor
    rows: Tensor
    columns: Tensor
    left: int
    top: int


def packed_masks(windows: Iterable[LogitWindow], size: tuple[int, int], device: torch.device) -> InstanceMasks:
    """Gives the pixels whose logit, read bilinearly, is over 0; the host waits once for many windows.

    Args:
        windows: One per mask.
        size: Height and width of the image.
        device: Where they are.
    """
    packed, waiting, pixels = [InstanceMasks.empty(size).to(device)], [], 0
    for window in windows:
        waiting.append((_crop(window), window.left, window.top))
        pixels += waiting[-1][0].numel()
        if pixels > _PIXELS_TO_PACK:
            packed.append(_packed(waiting, size, device))
            waiting, pixels = [], 0
    packed.append(_packed(waiting, size, device))
    return InstanceMasks.concatenate(packed)


def _crop(window: LogitWindow) -> Bool[Tensor, "rows columns"]:
    """Marks the pixels of one window whose logit is over 0, some rows at a time."""
    logits, rows, columns = window[:3]
    result = torch.zeros(len(rows), len(columns), dtype=torch.bool, device=rows.device)
    at_once = max(1, _PIXELS_AT_ONCE // max(1, len(columns)))
    for some, part in zip(rows.split(at_once), result.split(at_once), strict=True):
        if part.numel():
            torch.gt(upsample_window(logits, some, columns), 0, out=part)
    return result


def _packed(masks: list[tuple[Tensor, int, int]], size: tuple[int, int], device: torch.device) -> InstanceMasks:
    """Cuts masks to the smallest windows that hold them, of an empty mask 0, 0, 0, 0; the host waits once for all."""
    bounds = torch.stack([_bounds(crop) for crop, _, _ in masks]).tolist() if masks else []
    windows, crops = [], []
    for (crop, left, top), (x1, y1, x2, y2) in zip(masks, bounds, strict=True):
        windows.append((left + x1, top + y1, left + x2, top + y2) if x2 > x1 else (0, 0, 0, 0))
        crops.append(crop[y1:y2, x1:x2])
    return InstanceMasks.from_crops(torch.tensor(windows, dtype=torch.int64, device=device).view(-1, 4), crops, size)


def _bounds(crop: Bool[Tensor, "height width"]) -> Int64[Tensor, "4"]:
    """Gives the smallest window that holds a mask, xyxy; of an empty mask 0, 0, 0, 0."""
    if not crop.numel():
        return torch.zeros(4, dtype=torch.int64, device=crop.device)
    ends = []
    for line in (crop.any(dim=0).byte(), crop.any(dim=1).byte()):
        ends.append((line.argmax(), len(line) - line.flip(0).argmax()))
    return torch.stack((ends[0][0], ends[1][0], ends[0][1], ends[1][1])) * crop.any()
