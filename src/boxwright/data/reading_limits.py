"""What is refused while data from somebody else is read."""

from dataclasses import dataclass

from boxwright.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """How far annotation and image files are trusted.

    Args:
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image. A small file can claim a size that fills the memory.

    Raises:
        ConfigError: `max_pixels` is not over 0.
    """

    allow_outside: bool = False
    max_pixels: int = 2**28

    def __post_init__(self) -> None:
        """Checks the number."""
        if self.max_pixels < 1:
            raise ConfigError(f"max_pixels must be 1 or more; found {self.max_pixels}.")


DEFAULT_LIMITS = ReadingLimits()
