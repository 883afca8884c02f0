"""The settings of reading that every command has."""

from dataclasses import dataclass

from boxwright.settings.reading import MAX_PIXELS


@dataclass(frozen=True, slots=True)
class ReadingFlags:
    """How data sets are read.

    Args:
        val: For data without parts: share of the images for val, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image; a small file can claim a size that fills the memory.
    """

    val: float | str | None = None
    val_seed: int = 0
    allow_outside: bool = False
    max_pixels: int = MAX_PIXELS
