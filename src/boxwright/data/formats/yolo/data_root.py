"""The folder that the paths of a data.yaml begin with."""

from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


def data_roots(path: Path, content: dict[Any, Any], faults: FaultList, limits: ReadingLimits) -> list[Path]:
    """Gives the folders that entries may be relative to: `path`, where there is one, and that of the file.

    A `path` that is not there was meant for another machine: it does not count, with a warning. One that leads out of
    the folder of the file and is there is refused, unless it is allowed: data of the same name beside the file could
    be read for it.

    Args:
        path: The YAML file.
        content: As parsed.
        faults: Takes the warning.
        limits: Whether `path` may lead out.

    Raises:
        DataError: `path` leads out and may not.
    """
    own, stated = path.parent, content.get("path")
    if not stated:
        return [own]
    if not isinstance(stated, str):
        raise DataError(f"{path}: path must be a folder; found {str(stated)[:200]!r}. Write one, or leave it out.")
    told = Path(stated).expanduser()
    try:
        root = own / path_inside(own, str(told), limits)
    except UnsoundError as reason:
        if (own / told).is_dir():
            raise DataError(
                f"{path}: path: {stated!r} leads out of the folder of the file, to {(own / told).resolve()}. "
                "Allow it (--allow_outside true, in Python allow_outside=True), move the file into that folder, or "
                "take the line out to read what lies beside the file."
            ) from reason
        root = own / told
    if root.is_dir():
        return [own] if root == own else [root, own]
    faults.add(
        "path-elsewhere",
        None,
        f"path: {stated!r} is not there; what it names is looked for in {own}",
        cure="correct path, or take the line out",
    )
    return [own]
