"""Images as JPEG files in memory."""

import cv2
import numpy as np
from jaxtyping import UInt8
from torch import Tensor

QUALITY = 88


def jpeg(image: UInt8[Tensor, "3 height width"], side: int) -> bytes:
    """Writes an image as a JPEG file, shrunk where it is larger than asked.

    Args:
        image: RGB, 0 to 255.
        side: Pixels of the longer side at most.
    """
    pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
    factor = side / max(pixels.shape[:2])
    if factor < 1:
        size = tuple(max(1, round(length * factor)) for length in (pixels.shape[1], pixels.shape[0]))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return encoded.tobytes()
