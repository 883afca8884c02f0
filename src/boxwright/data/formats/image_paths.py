"""Paths that come out of annotation files."""

import os
from pathlib import Path

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.reading_limits import ReadingLimits


def path_inside(root: str | Path, name: str, limits: ReadingLimits) -> str:
    """Normalizes a path that an annotation file names, and refuses one that leads out of the data.

    Only the words of the path count: a link inside the folder may point elsewhere, since whoever made the folder
    made the link.

    Args:
        root: The folder that the path is relative to.
        name: As the file says.
        limits: Whether a path may lead out.

    Returns:
        The path relative to the folder; an absolute one if it leads out and may.

    Raises:
        UnsoundError: The path leads out and may not.
    """
    normal = os.path.normpath(name)
    if os.path.isabs(normal):
        below = os.path.relpath(normal, os.path.abspath(root))
        if not _leads_out(below):
            return below
    elif not _leads_out(normal):
        return normal
    if limits.allow_outside:
        return os.path.abspath(os.path.join(root, normal))
    raise UnsoundError(
        "path-outside",
        f"{name!r} leads out of the folder {root}",
        "write it relative to that folder, or allow it (allow_outside)",
    )


def _leads_out(path: str) -> bool:
    return os.path.isabs(path) or path.split(os.sep)[0] == os.pardir
