"""Masks as mixtures of prototypes: from coefficients to pixels of the original image."""

import math

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.masks import pixel_windows, upsample_window
from boxwright.geometry.precision import widen
from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.instance_masks import InstanceMasks

_PIXELS_AT_ONCE = 1 << 20
_PIXELS_TO_PACK = 1 << 24


def decode_masks(
    coefficients: Float[Tensor, "detections prototypes"],
    prototypes: Float[Tensor, "prototypes height width"],
    boxes: Float[Tensor, "detections 4"],
    origin: ImageOrigin,
    canvas_size: tuple[int, int],
) -> InstanceMasks:
    """Decides for every original pixel inside each box whether it belongs to the object: whether its logit is over 0.

    Logits are mixed at the resolution of the prototypes, read bilinearly at the centres of the original pixels, and
    only then cut at the box; cutting first would smear the edge over the width of a prototype pixel. Beyond the bits
    that are given back, memory is bounded however large the image and however many the boxes.

    Args:
        coefficients: Of one image.
        prototypes: Of that image.
        boxes: xyxy in original pixels; without a letterbox in canvas pixels.
        origin: How the image lies in the canvas.
        canvas_size: Height and width of the canvas in pixels.

    Returns:
        One mask per box at stride 1, of the size of the original image, without a letterbox of the canvas.
    """
    size = canvas_size if origin.letterbox is None else origin.size
    rows, columns = (_positions(axis, size, origin, canvas_size, prototypes) for axis in (0, 1))
    windows = pixel_windows(boxes, size)
    packed, waiting, pixels = [InstanceMasks.empty(size).to(boxes.device)], [], 0
    for mixture, (left, top, right, bottom) in zip(widen(coefficients), windows.tolist(), strict=True):
        across, down = slice(left, max(left, right)), slice(top, max(top, bottom))
        (first, last), (near, far) = (
            _span(some, axis, origin, canvas_size, prototypes.shape[1 + axis])
            for axis, some in enumerate((down, across))
        )
        part = prototypes[:, first:last, near:far]
        waiting.append((_crop(mixture, part, rows[down] - first, columns[across] - near), left, top))
        pixels += waiting[-1][0].numel()
        if pixels > _PIXELS_TO_PACK:
            packed.append(_packed(waiting, size, windows))
            waiting, pixels = [], 0
    packed.append(_packed(waiting, size, windows))
    return InstanceMasks.concatenate(packed)


def _positions(
    axis: int, size: tuple[int, int], origin: ImageOrigin, canvas_size: tuple[int, int], prototypes: Tensor
) -> Float[Tensor, "pixels"]:
    """Gives where the centres of the original pixels lie, in pixels of the prototypes."""
    centres = torch.arange(size[axis], device=prototypes.device, dtype=widen(prototypes[:0]).dtype) + 0.5
    if origin.letterbox is not None:
        centres = centres * origin.letterbox.scale[axis] + origin.letterbox.pad[axis]
    return centres * (prototypes.shape[1 + axis] / canvas_size[axis])


def _span(pixels: slice, axis: int, origin: ImageOrigin, canvas_size: tuple[int, int], length: int) -> tuple[int, int]:
    """Gives the pixels of the prototypes that are read for some original pixels, and one more on each side.

    It is computed on the host, so that the host waits for nothing; the one more is for what rounding differs.
    """
    scale, pad = (1.0, 0.0) if origin.letterbox is None else (origin.letterbox.scale[axis], origin.letterbox.pad[axis])
    ends = (((pixel + 0.5) * scale + pad) * length / canvas_size[axis] for pixel in (pixels.start, pixels.stop - 1))
    first, last = (math.floor(end - 0.5) for end in ends)
    return max(0, min(first - 1, length - 1)), max(1, min(last + 3, length))


def _crop(mixture: Tensor, prototypes: Tensor, rows: Tensor, columns: Tensor) -> Bool[Tensor, "rows columns"]:
    """Marks the pixels of one window whose logit is over 0, some rows at a time."""
    result = torch.zeros(len(rows), len(columns), dtype=torch.bool, device=rows.device)
    if not result.numel():
        return result
    logits = torch.einsum("k,khw->hw", mixture, widen(prototypes))
    at_once = max(1, _PIXELS_AT_ONCE // len(columns))
    for some, part in zip(rows.split(at_once), result.split(at_once), strict=True):
        torch.gt(upsample_window(logits, some, columns), 0, out=part)
    return result


def _packed(masks: list[tuple[Tensor, int, int]], size: tuple[int, int], like: Tensor) -> InstanceMasks:
    """Cuts masks to the smallest windows that hold them, of an empty mask 0, 0, 0, 0; the host waits once for all."""
    bounds = torch.stack([_bounds(crop) for crop, _, _ in masks]).tolist() if masks else []
    windows, crops = [], []
    for (crop, left, top), (x1, y1, x2, y2) in zip(masks, bounds, strict=True):
        windows.append((left + x1, top + y1, left + x2, top + y2) if x2 > x1 else (0, 0, 0, 0))
        crops.append(crop[y1:y2, x1:x2])
    return InstanceMasks.from_crops(like.new_tensor(windows).view(-1, 4), crops, size)


def _bounds(crop: Bool[Tensor, "height width"]) -> Int64[Tensor, "4"]:
    """Gives the smallest window that holds a mask, xyxy; of an empty mask 0, 0, 0, 0."""
    if not crop.numel():
        return torch.zeros(4, dtype=torch.int64, device=crop.device)
    ends = []
    for line in (crop.any(dim=0).byte(), crop.any(dim=1).byte()):
        ends.append((line.argmax(), len(line) - line.flip(0).argmax()))
    return torch.stack((ends[0][0], ends[1][0], ends[0][1], ends[1][1])) * crop.any()
