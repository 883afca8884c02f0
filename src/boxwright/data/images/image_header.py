"""Size and kind of an image."""

from dataclasses import dataclass

_FIRST_TURNED = 5  # orientations 5 to 8 exchange height and width


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Size and kind of an image.

    Args:
        format: A name of `FILE_FORMATS`, by content.
        mode: Pixel format in Pillow's words: "L" is grey, "P" palette, "RGBA", "CMYK", "I;16" 16-bit grey.
        stored_size: Height and width of the pixels in the file.
        orientation: Of EXIF, 1 to 8; 1 is upright.
        pages: Pictures in the file: pages of a TIFF, frames of an animation. Only the first is read.
        depth: Bits per value, 8 where the file does not say.
    """

    format: str
    mode: str
    stored_size: tuple[int, int]
    orientation: int
    pages: int = 1
    depth: int = 8

    @property
    def shown_size(self) -> tuple[int, int]:
        """Height and width as a viewer shows the image."""
        height, width = self.stored_size
        return (width, height) if self.orientation >= _FIRST_TURNED else (height, width)
