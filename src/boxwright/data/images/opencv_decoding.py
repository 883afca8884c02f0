"""Decoding the formats that OpenCV knows."""

import cv2
import numpy as np
import numpy.typing as npt

# OpenCV 4.11 and later decode straight to RGB.
_RGB = getattr(cv2, "IMREAD_COLOR_RGB", None)


def decoded_by_opencv(encoded: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """Decodes to RGB, `height width 3`, as the pixels are stored; a TIFF is turned. None if OpenCV cannot.

    Args:
        encoded: The bytes of the file.
    """
    try:
        decoded = cv2.imdecode(encoded, (cv2.IMREAD_COLOR if _RGB is None else _RGB) | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    if decoded is not None and _RGB is None:
        decoded = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return None if decoded is None else np.asarray(decoded, dtype=np.uint8)
