"""Where the pixels of a sample came from."""

from dataclasses import dataclass

from boxwright.geometry.letterbox import Letterbox


@dataclass(frozen=True, slots=True)
class ImageOrigin:
    """Says which image a sample shows and how to get back to its original pixels.

    Args:
        image_id: The id in the data set; for loose files their position.
        path: The file, or None for an image that never was a file.
        size: Original height and width in pixels.
        letterbox: How the image lies in the canvas, or None where no way back exists (mosaic) or none is needed.
    """

    image_id: int
    path: str | None
    size: tuple[int, int]
    letterbox: Letterbox | None = None

    @property
    def name(self) -> str:
        """What to call the image in a message: its path, else its id."""
        return self.path or f"image {self.image_id}"
