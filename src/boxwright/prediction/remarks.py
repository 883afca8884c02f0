"""What is worth a word about the files of a source once all of them are read."""

import warnings
from dataclasses import dataclass, field

from boxwright.bounded_text import listed
from boxwright.data.fault_kinds import FAULT_KINDS
from boxwright.errors import counted

_LISTED = 10


@dataclass
class Remarks:
    """Files that were used in a way that may not be meant.

    Args:
        stacks: With several pages or frames, of which the first was used.
        dark: Of 16 bits per value, of which the upper 8 hold next to nothing.
        films: With another number of frames than they announce, or times that make no sense.
    """

    stacks: list[str] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    films: list[str] = field(default_factory=list)

    def say(self) -> None:
        """Warns, one line for each kind."""
        for files, what, cure in (
            (
                self.stacks,
                "with several pages or frames the first was used",
                "Save the others as files of their own, or as a video.",
            ),
            (
                self.dark,
                "with 16 bits per value the upper 8 were used, which are nearly black",
                f"To mend that, {FAULT_KINDS['dark-sixteen-bits'].cure}.",
            ),
            (
                self.films,
                "the container says something else than what is in it",
                "So are films that were trimmed or damaged: look whether all is there, or convert them to MP4.",
            ),
        ):
            if files:
                text = f"Of {counted(len(files), 'file')} {what}: {listed(files, _LISTED)}. {cure}"
                warnings.warn(text, stacklevel=3)
