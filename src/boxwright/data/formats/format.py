"""What an annotation format is to the rest of the program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.data.formats.layout import Portion
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits

Reader = Callable[[Path, Portion, ReadingLimits], Reading]
"""Reads one part of a folder or of a file, or the whole where it has no parts.

It raises LayoutNotFoundError for a folder that is not laid out as it knows, OtherFormatError for a file of another
format.
"""

Writer = Callable[[Sequence[Part], Path, Losses], None]
"""Writes the annotations of splits into a folder, and notes what the format cannot hold."""


@dataclass(frozen=True, slots=True)
class Format:
    """One annotation format: how it is found and read, and how it is written.

    Args:
        name: What users call it, before a colon in a source and after `--to`.
        read_folder: Reads a folder.
        read_file: Reads an annotation file that is named itself; None if the format has none.
        write: Writes it; None if it is only read.
        images: The folder for images of a split that is written, with "{split}" in it where every split has its own.
    """

    name: str
    read_folder: Reader
    read_file: Reader | None = None
    write: Writer | None = None
    images: str = "images/{split}"
