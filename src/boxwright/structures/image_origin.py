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
        mixed_with: Names of the other images that a mosaic or mixup shows besides.
    """

    image_id: int
    path: str | None
    size: tuple[int, int]
    letterbox: Letterbox | None = None
    mixed_with: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call the image in a message: its path, else its id."""
        return self.path or f"image {self.image_id}"

    @property
    def all_names(self) -> tuple[str, ...]:
        """What to call every image that is shown."""
        return (self.name, *self.mixed_with)
