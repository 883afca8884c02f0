"""What is refused while data from somebody else is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from boxwright.errors import ConfigError, unknown_name
from boxwright.settings.reading import MAX_PIXELS

MaskDemand = Literal["none", "judged", "kept", "required"]
"""What becomes of masks: not looked at; looked at to judge the boxes; kept where there are any; every object needs one.

Only where masks are kept or required is an object with a faulty one refused.
"""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """How far annotation and image files are trusted.

    Args:
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image. A small file can claim a size that fills the memory.
        masks: What becomes of masks.

    Raises:
        ConfigError: `max_pixels` is not over 0, or `masks` is none of its words.
    """

    allow_outside: bool = False
    max_pixels: int = MAX_PIXELS
    masks: MaskDemand = "none"

    def __post_init__(self) -> None:
        """Checks the values."""
        if self.max_pixels < 1:
            raise ConfigError(f"max_pixels must be 1 or more; found {self.max_pixels}.")
        if self.masks not in get_args(MaskDemand):
            raise unknown_name("demand for masks", self.masks, get_args(MaskDemand))

    def refused_size(self, size: tuple[int, int]) -> str | None:
        """Says why an image of a size is refused, before memory is taken for anything of that size; None if it is not.

        Args:
            size: Height and width in pixels.
        """
        height, width = size
        if height * width <= self.max_pixels:
            return None
        return f"the image has {height * width:,} pixels; allowed are {self.max_pixels:,}"


DEFAULT_LIMITS = ReadingLimits()
READING_SETTINGS = ("split", "on_bad", "check_images", "allow_outside", "max_pixels", "val", "val_seed")


def refuse_reading_settings(given: Iterable[str]) -> None:
    """Refuses settings of reading beside a data set that exists in Python, which is not read.

    Args:
        given: Names of what was set.

    Raises:
        ConfigError: One of them says how files are read.
    """
    idle = [name for name in given if name in READING_SETTINGS]
    if idle:
        raise ConfigError(
            f"{', '.join(idle)}: only for data that is read from files; a data set that exists in Python is taken as "
            "it is. Leave it out, or give it to `open_dataset`."
        )
