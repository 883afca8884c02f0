"""Turning a picture into what a video codec takes."""

from typing import Any

import av
import cv2
import numpy as np
from jaxtyping import UInt8

_COLOURS = np.array([[-0.148223, -0.290993, 0.439216, 128], [0.439216, -0.367788, -0.071427, 128]], np.float32)
"""From red, green and blue to the two colour values of ITU-R BT.601, limited range."""


def film_frame(picture: UInt8[np.ndarray, "height width 3"]) -> Any:
    """Turns an RGB picture into a frame of brightness, and colour at half the resolution, averaged over 2 × 2 pixels.

    By OpenCV, in a quarter of the time that FFmpeg takes and equal to one step of 255; by FFmpeg where a side is odd.

    Args:
        picture: RGB.

    Returns:
        `av.VideoFrame` in the format yuv420p.
    """
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        return av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
    planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    colours = cv2.split(cv2.transform(half, _COLOURS))
    planes[height:] = np.concatenate([np.ravel(each) for each in colours]).reshape(-1, width)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")
