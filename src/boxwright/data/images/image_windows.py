"""Parts of an image, read one after the other."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from boxwright.geometry.tiling import Window

Pixels = npt.NDArray[np.uint8]


@runtime_checkable
class ImageWindows(Protocol):
    """An image that is read in parts."""

    def read(self, window: Window) -> Pixels:
        """Reads a part, as RGB in memory of its own.

        Args:
            window: Inside the image.
        """
        ...


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An image that was decoded as a whole.

    Args:
        pixels: RGB.
    """

    pixels: Pixels

    def read(self, window: Window) -> Pixels:
        """Copies a part.

        Args:
            window: Inside the image.
        """
        left, top, right, bottom = window
        return self.pixels[top:bottom, left:right].copy()
