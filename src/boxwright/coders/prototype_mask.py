"""Masks as mixtures of prototypes: from coefficients to pixels of the original image."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.geometry.masks import linear_taps, pixel_windows, upsample_window
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
        crop = _crop(mixture, prototypes, rows[top : max(top, bottom)], columns[left : max(left, right)])
        waiting.append(_tight(crop, left, top))
        pixels += waiting[-1][1].numel()
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


def _crop(mixture: Tensor, prototypes: Tensor, rows: Tensor, columns: Tensor) -> Bool[Tensor, "rows columns"]:
    """Marks the pixels of one window whose logit is over 0, some rows at a time."""
    result = torch.zeros(len(rows), len(columns), dtype=torch.bool, device=rows.device)
    if not result.numel():
        return result
    (first, last), (near, far) = _span(rows, prototypes.shape[1]), _span(columns, prototypes.shape[2])
    logits = torch.einsum("k,khw->hw", mixture, widen(prototypes[:, first:last, near:far]))
    at_once = max(1, _PIXELS_AT_ONCE // len(columns))
    for some, part in zip(rows.split(at_once), result.split(at_once), strict=True):
        torch.gt(upsample_window(logits, some - first, columns - near), 0, out=part)
    return result


def _span(positions: Tensor, length: int) -> tuple[int, int]:
    """Gives the pixels that are read at ascending positions, the first and the one after the last."""
    lower, upper, _ = linear_taps(positions[[0, -1]], length)
    return int(lower[0]), int(upper[1]) + 1


def _tight(crop: Bool[Tensor, "height width"], left: int, top: int) -> tuple[tuple[int, int, int, int], Tensor]:
    """Cuts a mask to the smallest window that holds it; gives the window, of an empty mask 0, 0, 0, 0."""
    rows, columns = crop.any(dim=1).nonzero().squeeze(1), crop.any(dim=0).nonzero().squeeze(1)
    if not len(rows):
        return (0, 0, 0, 0), crop[:0, :0]
    y1, y2, x1, x2 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return (left + x1, top + y1, left + x2, top + y2), crop[y1:y2, x1:x2]


def _packed(
    masks: list[tuple[tuple[int, int, int, int], Tensor]], size: tuple[int, int], like: Tensor
) -> InstanceMasks:
    windows = like.new_tensor([window for window, _ in masks]).view(-1, 4)
    return InstanceMasks.from_crops(windows, [crop for _, crop in masks], size)
