"""Files that list images, one path per line."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.formats.path_tails import RELATIVE, TailFinder, is_of_another_machine, require_distinct
from boxwright.data.formats.text_lines import file_names_in
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError, counted


def read_list_file(listing: Path, folders: Sequence[Path], limits: ReadingLimits, faults: FaultList) -> list[str]:
    """Gives the images of a list, as often as they are listed.

    A path that is not there, as of another machine or with a folder in front, is looked for by its last steps. What
    is found so, and what is not, are one fault each. Relative paths of images that are not there are kept.

    Args:
        listing: The file.
        folders: What paths are relative to, in this order.
        limits: Whether a path may lead out.
        faults: Takes what is wrong.

    Raises:
        DataError: It is no text, no image that it lists is there, or two of them turn out to be one file.
    """
    lines = _Lines(str(listing), [str(folder) for folder in dict.fromkeys(folders)], limits, faults)
    for number, line in enumerate(file_names_in(listing), start=1):
        if line.strip():
            lines.take(line.strip(), number)
    lines.say()
    return lines.images


@dataclass
class _Lines:
    """The lines of one list."""

    listing: str
    folders: Sequence[str]
    limits: ReadingLimits
    faults: FaultList
    images: list[str] = field(default_factory=list)
    present: int = 0
    moved: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tails = TailFinder(self.folders)

    def take(self, text: str, number: int) -> None:
        inside = []
        for folder in self.folders:
            place = os.path.normpath(os.path.join(folder, text))
            try:
                inside.append(os.path.join(folder, path_inside(folder, text, self.limits)))
            except UnsoundError as reason:
                if any(_is_below(place, root) for root in self.folders):  # up, and down again
                    inside.append(place)
                elif os.path.isfile(place):
                    self.faults.add(reason.code, f"line {number}", reason.message, file=self.listing, cure=reason.cure)
                    self.present += 1
                    return
        image = next((each for each in inside if os.path.isfile(each)), None)
        found = self._tails(text) if image is None else None
        if image is not None:
            self.present += 1
            self.images.append(image)
        elif found is not None:
            self.moved.append((text, found))
            self.images.append(found)
        else:
            self.lost.append(text)
            if inside and not is_of_another_machine(text):
                self.images.append(inside[0])

    def say(self) -> None:
        if self.lost and not self.present and not self.moved:
            looked = "\n".join(f"  - {folder}" for folder in self.folders)
            raise DataError(
                f"{self.listing}: none of the {counted(len(self.lost), 'image')} that it lists is there. Looked for "
                f"the first one, {self.lost[0]!r}, and for the last steps of its path, in\n{looked}\n"
                f"Copy the images there, or {RELATIVE}."
            )
        if self.moved:
            require_distinct(self.moved, self.listing)
            text, image = self.moved[0]
            count = counted(len(self.moved), "path")
            what = f"{count} not there, found by the last steps (first: {text!r} is {image})"
            self.faults.add("path-elsewhere", None, what, file=self.listing, cure=RELATIVE)
        foreign = [text for text in self.lost if is_of_another_machine(text)]
        if foreign:
            what = f"{counted(len(foreign), 'path')} of another machine without an image here (first: {foreign[0]!r})"
            self.faults.add("missing-image", None, what, file=self.listing, cure=f"copy the images, and {RELATIVE}")


def _is_below(place: str, root: str) -> bool:
    return os.path.abspath(place).startswith(os.path.join(os.path.abspath(root), ""))
