"""The folder that a data set is written to."""

from pathlib import Path

from boxwright.errors import DataError
from boxwright.writing.atomic_file import require_folder
from boxwright.writing.whole_folder import is_unfinished


def require_destination(folder: Path, source: str | Path) -> None:
    """Refuses a folder that has something in it, or lies where the data are read.

    Args:
        folder: To write.
        source: The data set.

    Raises:
        DataError: It is not empty, or lies in the source.
        ConfigError: It is no folder and cannot be one.
    """
    require_folder(folder, "destination")
    if folder.is_dir() and not all(is_unfinished(each.name) for each in folder.iterdir()):
        raise DataError(f"{folder} is there already and not empty. Choose another destination.")
    place = Path(source)
    if place.is_dir() and folder.resolve().is_relative_to(place.resolve()):
        raise DataError(
            f"{folder} lies in the source {source}, where the new files would be read as part of it. Choose a "
            "destination beside it."
        )
