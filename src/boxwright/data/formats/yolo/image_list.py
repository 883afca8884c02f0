"""The images that a data.yaml names: folders, and files that list images."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.formats.path_tails import RELATIVE, is_of_another_machine, steps_of, tails_of
from boxwright.data.formats.repeats import say_repeats
from boxwright.data.formats.yolo.list_file import read_list_file
from boxwright.data.images.folder_scan import FolderScan, scan_folder
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@dataclass
class ImageList:
    """The images of a part, in the order of the entries.

    What a list file names several times comes as often, and so do the images of a folder that is named several times.
    An image that two entries name in other ways, by a folder and its subfolder, comes once.

    Args:
        path: The YAML file.
        roots: The folders that entries may be relative to.
        limits: What is refused.
        faults: Takes what cannot be used, and what was decided.
        images: What was found.
        scans: What was found in folders, by folder.
    """

    path: Path
    roots: Sequence[Path]
    limits: ReadingLimits
    faults: FaultList
    images: list[str] = field(default_factory=list)
    scans: dict[str, FolderScan] = field(default_factory=dict)

    def add(self, entries: Sequence[str]) -> None:
        """Takes the images of all entries.

        Args:
            entries: As they are written.

        Raises:
            DataError: A folder or list is not there, or no image of a list is.
        """
        places = {entry: self._find(entry) for entry in dict.fromkeys(entries)}
        lists = {
            entry: read_list_file(place, (place.parent, *self.roots), self.limits, self.faults)
            for entry, place in places.items()
            if not place.is_dir()
        }
        known = {image for images in lists.values() for image in images}
        for entry, times in Counter(entries).items():
            if entry in lists:
                self.images += lists[entry] * times
                continue
            folder = str(places[entry])
            self.scans[folder] = scan_folder(folder)
            new = [image for image in self.scans[folder].used if image not in known]
            known.update(new)
            self.images += new * times
        say_repeats(self.images, self.faults)

    def _find(self, entry: str) -> Path:
        """Finds a folder or list file; steps at the front that lead nowhere here may fall away."""
        tried, reasons = [], []
        for root in self.roots:
            try:
                place = root / path_inside(root, entry, self.limits)
            except UnsoundError as reason:
                reasons.append(f"{reason.message}; {reason.cure}")
                if (root / entry).exists():  # what has its name inside may be something else
                    break
                continue
            if place.exists():
                return place
            tried.append(str(place))
        else:
            found = self._by_tail(entry)
            if found is not None:
                return found
        listed = "\n".join(
            f"  - {line}" for line in dict.fromkeys([*reasons, *(f"there is no {each}" for each in tried)])
        )
        raise DataError(f"{self.path}: {entry!r} is not found:\n{listed}\nCorrect the path in the file.")

    def _by_tail(self, entry: str) -> Path | None:
        """Looks for the last steps of a path, and says so; but not if only `../` fell away, as exporters write it."""
        for tail in tails_of(entry):
            for place in (root / tail for root in self.roots):
                if place.exists():
                    if is_of_another_machine(entry) or tail != os.path.join(*steps_of(entry)):
                        text = f"{entry!r} is not there; {place} is read for it"
                        self.faults.add("path-elsewhere", None, text, cure=RELATIVE)
                    return place
        return None
