"""Image files and pictures: what their headers say, what is wrong with them, and their pixels."""

from boxwright.data.images.reading import read_image
from boxwright.data.images.rgb import rgb_pixels

__all__ = ["read_image", "rgb_pixels"]
