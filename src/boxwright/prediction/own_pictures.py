"""Leaving out what boxwright itself made, where a folder or a pattern holds it too."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from boxwright.errors import DataError, counted
from boxwright.writing.own_mark import has_mark

MARKED = (".jpg", ".jpeg", ".png", ".mp4")


def without_own(files: Sequence[Path], place: Path) -> list[Path]:
    """Leaves out the pictures and videos that boxwright drew in an earlier run, and says so in a warning.

    Args:
        files: What was found.
        place: The folder or pattern, for the message.

    Raises:
        DataError: It drew all of them.
    """
    own = [file for file in files if file.suffix.lower() in MARKED and has_mark(file)]
    if not own:
        return list(files)
    if len(own) == len(files):
        raise DataError(
            f"{place} holds nothing but what boxwright drew ({own[0].name} and so on). Give the folder of the "
            "originals; a file that is named by itself is taken."
        )
    is_or_are = "is" if len(own) == 1 else "are"
    warnings.warn(
        f"{counted(len(own), 'file')} in {place} that boxwright drew in an earlier run {is_or_are} left out, for "
        f"instance {own[0]}. To predict on such a file, name it.",
        stacklevel=2,
    )
    drawn = set(own)
    return [file for file in files if file not in drawn]
