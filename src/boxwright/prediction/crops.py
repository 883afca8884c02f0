"""Cutting objects out of an image."""

import numpy as np
from jaxtyping import Float, UInt8
from torch import Tensor

Image = UInt8[np.ndarray, "_height _width 3"]


def crops_of(image: Image, boxes: Float[Tensor, "objects 4"]) -> list[Image]:
    """Cuts what lies in every box out of an image; sides go outwards to whole pixels, and end at the image.

    Args:
        image: RGB.
        boxes: xyxy in pixels of this image.
    """
    low, high = boxes[:, :2].floor().int().clamp(min=0).tolist(), boxes[:, 2:].ceil().int().clamp(min=0).tolist()
    corners = zip(low, high, strict=True)
    return [np.ascontiguousarray(image[top:bottom, left:right]) for (left, top), (right, bottom) in corners]
