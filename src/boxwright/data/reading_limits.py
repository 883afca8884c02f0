"""What is refused while data from somebody else is read."""

from dataclasses import dataclass
from typing import Literal, get_args

from boxwright.errors import ConfigError, unknown_name

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
    max_pixels: int = 2**28
    masks: MaskDemand = "none"

    def __post_init__(self) -> None:
        """Checks the values."""
        if self.max_pixels < 1:
            raise ConfigError(f"max_pixels must be 1 or more; found {self.max_pixels}.")
        if self.masks not in get_args(MaskDemand):
            raise unknown_name("demand for masks", self.masks, get_args(MaskDemand))


DEFAULT_LIMITS = ReadingLimits()
