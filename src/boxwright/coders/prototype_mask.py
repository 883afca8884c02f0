"""Masks as mixtures of prototypes: from coefficients to pixels of the original image."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.masks import pixel_windows
from boxwright.geometry.precision import widen
from boxwright.kernels.packed_masks import LogitWindow, packed_masks
from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.instance_masks import InstanceMasks


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

    def windows_of_logits() -> Iterator[LogitWindow]:
        for mixture, (left, top, right, bottom) in zip(widen(coefficients), windows.tolist(), strict=True):
            across, down = slice(left, max(left, right)), slice(top, max(top, bottom))
            (first, last), (near, far) = (
                _span(some, axis, origin, canvas_size, prototypes.shape[1 + axis])
                for axis, some in enumerate((down, across))
            )
            logits = torch.einsum("k,khw->hw", mixture, widen(prototypes[:, first:last, near:far]))
            yield LogitWindow(logits, rows[down] - first, columns[across] - near, left, top)

    return packed_masks(windows_of_logits(), size, boxes.device)


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
