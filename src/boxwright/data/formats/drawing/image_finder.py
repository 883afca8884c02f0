"""Finding the images that annotation tools name."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.images.file_formats import IMAGE_SUFFIXES
from boxwright.data.reading_limits import ReadingLimits


@dataclass(frozen=True, slots=True)
class ImageFinder:
    """Finds images below the root of a data set, by their path or else by their name in the folders of images.

    Tools write the path that an image had on the machine where it was drawn on, so a path that leads nowhere is no
    reason to give up as long as the name is found.

    Args:
        root: Of the data set; nothing outside is looked at.
        folders: Where images lie, in the order in which they are tried.
        limits: Whether a path may lead out.
    """

    root: Path
    folders: Sequence[Path]
    limits: ReadingLimits

    def __call__(self, name: str, *, beside: Path | None = None, others: Sequence[str] = ()) -> str:
        """Gives the file of an image.

        Args:
            name: As the annotation says, with or without folders.
            beside: Folder of the annotation file, if paths are relative to that.
            others: Names to try after that, without folder; one that has no suffix stands for all of images.

        Raises:
            UnsoundError: There is none, or the path leads out of the data set.
        """
        written = name.replace("\\", "/")
        bases = (*(() if beside is None else (beside,)), self.root, *self.folders)
        refused = None
        for base in bases if written else ():
            try:
                inside = path_inside(self.root, os.path.join(os.path.relpath(base, self.root), written), self.limits)
            except UnsoundError as reason:
                refused = refused or reason
                continue
            if os.path.isfile(os.path.join(self.root, inside)):
                return os.path.join(self.root, inside)
        for other in (written.rpartition("/")[2], *others):
            for base in bases if other not in ("", ".", "..") else ():
                for candidate in _with_suffixes(other):
                    if os.path.isfile(base / candidate):
                        return str(base / candidate)
        if refused is not None:
            raise refused
        raise UnsoundError("missing-image", f"there is no image {name!r} in {self.root}")


def _with_suffixes(name: str) -> Sequence[str]:
    if name.lower().endswith(IMAGE_SUFFIXES):
        return (name,)
    suffixes = [*IMAGE_SUFFIXES, *(suffix.upper() for suffix in IMAGE_SUFFIXES)]
    return [name, *(f"{name}{suffix}" for suffix in suffixes)]
