"""Pixels inside boxes, and values between pixels."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import constant


def pixel_windows(boxes: Float[Tensor, "boxes 4"], size: tuple[int, int]) -> Int64[Tensor, "boxes 4"]:
    """Gives the pixels whose index lies in a box, x1 ≤ column < x2 and y1 ≤ row < y2, as xyxy of whole pixels.

    A window without a pixel has a side that is not above 0.

    Args:
        boxes: xyxy in pixels of the image.
        size: Height and width of the image in pixels.
    """
    limit = constant((float(size[1]), float(size[0])) * 2, boxes.dtype, boxes.device)
    return boxes.ceil().clamp(min=0).minimum(limit).long()


def linear_taps(
    positions: Float[Tensor, "*positions"], length: int
) -> tuple[Int64[Tensor, "*positions"], Int64[Tensor, "*positions"], Float[Tensor, "*positions"]]:
    """Gives the two pixels that a position lies between, and the share of the second.

    Beyond the centre of the first or last pixel the image goes on with that pixel. This is what bilinear enlargement
    does whose corners are not aligned.

    Args:
        positions: In pixels, where pixel i has its centre at i + ½.
        length: Pixels there are.
    """
    places = (positions - 0.5).clamp(min=0, max=length - 1)
    lower = places.floor()
    first = lower.long()
    return first, (first + 1).clamp(max=length - 1), places - lower


def nearest_pixels(places: Int64[Tensor, "*places"], length: int, target_length: int) -> Int64[Tensor, "*places"]:
    """Gives for pixels of a resized image the pixel that nearest-neighbour resizing takes, ⌊i · length / new⌋.

    Args:
        places: Pixels of the resized image.
        length: Pixels of the original image.
        target_length: Pixels of the resized image.
    """
    return (places * length).div(target_length, rounding_mode="floor").clamp(max=length - 1)


def upsample_window(
    values: Float[Tensor, "height width"], rows: Float[Tensor, "rows"], columns: Float[Tensor, "columns"]
) -> Float[Tensor, "rows columns"]:
    """Reads an image bilinearly at every crossing of some rows and columns.

    Args:
        values: The image.
        rows: Positions down, in pixels of the image.
        columns: Positions to the right, in pixels of the image.
    """
    upper, lower, down = linear_taps(rows, values.shape[0])
    left, right, along = linear_taps(columns, values.shape[1])
    between = torch.lerp(values[upper], values[lower], down.unsqueeze(1))
    return torch.lerp(between[:, left], between[:, right], along)
