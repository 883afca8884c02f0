"""Finding images, label files and class names in a YOLO folder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.image_paths import IMAGE_SUFFIXES, path_inside
from boxwright.data.formats.layout import SPLIT_WORDS, LayoutNotFoundError, OtherFormatError, PartNotFoundError, Portion
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.text_lines import file_names_in
from boxwright.data.formats.yaml_file import YAML_SUFFIXES, read_yaml
from boxwright.data.formats.yolo.reader import read_yolo
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


def read_yolo_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with a data.yaml.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: No YAML file in the folder has class names and this split.
        DataError: The images are not found.
    """
    files = [root / "data.yaml", *sorted({*root.glob("*.yaml"), *root.glob("*.yml")} - {root / "data.yaml"})]
    for path in files:
        if path.is_file() and is_yolo(content := read_yaml(path)):
            if _entries(content, split) is None:
                raise LayoutNotFoundError("YOLO", [f"{split!r} in {path}"])
            return read_yolo_yaml(path, content, split, limits)
    raise LayoutNotFoundError("YOLO", [f"data.yaml with 'names' in {root}"])


def read_yolo_file(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads what a data.yaml names.

    Args:
        path: The YAML file.
        split: Which part.
        limits: What is refused.

    Raises:
        OtherFormatError: It is not a YAML file that names classes and images.
        DataError: As for `read_yolo_yaml`.
    """
    content = read_yaml(path) if path.suffix.lower() in YAML_SUFFIXES else None
    if not isinstance(content, dict) or not is_yolo(content):
        raise OtherFormatError(f"{path} is not a YAML file with names and images")
    return read_yolo_yaml(path, content, split, limits)


def is_yolo(content: Any) -> bool:
    """Says whether a parsed YAML file describes a YOLO folder: it has class names.

    Args:
        content: As parsed.
    """
    return isinstance(content, dict) and "names" in content


def read_yolo_yaml(path: Path, content: dict[Any, Any], split: Portion, limits: ReadingLimits) -> Reading:
    """Reads what a data.yaml describes.

    `train` and `val` are a folder of images, a text file that lists images, or a list of these; relative to `path`,
    which is relative to the YAML file, or else to the YAML file itself. The label file of an image is found by putting
    `labels` for the last `images` in its path; else in `labels/<split>`, `labels`, or beside the image.

    Args:
        path: The YAML file.
        content: As parsed.
        split: Which part.
        limits: What is refused.

    Raises:
        DataError: The class names are not usable, or there is no image or no label file at all.
    """
    entries = _entries(content, split)
    if entries is None:
        raise PartNotFoundError(
            f"{path} has no {split!r}; found {sorted(map(str, content))}. Add the folder of its images."
        )
    names = _names(content, path)
    faults = FaultList(str(path))
    roots = _roots(path, content, limits)
    images = list(dict.fromkeys(image for entry in entries for image in _images_of(entry, roots, path, faults, limits)))
    finder = LabelFinder(str(roots[0]), split)
    if images and not any(finder(image) for image in images):
        tried = "\n".join(f"  - {place}" for place in finder.places(images[0]))
        raise DataError(
            f"{path}: none of the {len(images)} {split} images has a label file. Looked for the first one at\n{tried}\n"
            "Put the label files there."
        )
    return read_yolo(images, finder, names, faults, limits)


@dataclass(frozen=True, slots=True)
class LabelFinder:
    """Finds the label file of an image.

    Args:
        root: Folder of the data set.
        split: Which part.
    """

    root: str
    split: Portion

    def __call__(self, image: str) -> str | None:
        """Gives the first place with a file."""
        return next((place for place in self.places(image) if os.path.isfile(place)), None)

    def places(self, image: str) -> list[str]:
        """Lists where the label file may be."""
        folder, name = os.path.split(os.path.splitext(image)[0] + ".txt")
        parts = folder.split(os.sep)
        if "images" in parts:
            last = len(parts) - 1 - parts[::-1].index("images")
            return [os.path.join(os.sep.join([*parts[:last], "labels", *parts[last + 1 :]]), name)]
        words = SPLIT_WORDS[self.split]
        split_folders = [os.path.join(self.root, "labels", word) for word in words]
        return [os.path.join(place, name) for place in (*split_folders, os.path.join(self.root, "labels"), folder)]


def _entries(content: dict[Any, Any], split: Portion) -> list[str] | None:
    """Gives what a split consists of; None if the file does not have it."""
    value = next((content[word] for word in SPLIT_WORDS[split] if content.get(word)), None)
    if value is None or isinstance(value, dict):
        return None
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]


def _names(content: dict[Any, Any], path: Path) -> dict[int, str]:
    given = content["names"]
    names = dict(enumerate(given)) if isinstance(given, list) else given
    if not isinstance(names, dict) or not names or not all(isinstance(number, int) for number in names):
        raise DataError(f"{path}: names must be a list, or a mapping from numbers to names; found {given!r}.")
    texts = [str(name) for name in names.values()]
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise DataError(f"{path}: the class names {twice} come more than once. Give every class its own.")
    count = content.get("nc", len(names))
    if count != len(names):
        raise DataError(f"{path}: nc is {count}, but there are {len(names)} names. Correct one of them.")
    return {number: str(name) for number, name in names.items()}


def _roots(path: Path, content: dict[Any, Any], limits: ReadingLimits) -> list[Path]:
    """Gives the folders that entries may be relative to; `path` of another machine, or outside, does not count."""
    own = path.parent
    stated = content.get("path")
    if not stated:
        return [own]
    try:
        root = own / path_inside(own, str(stated), limits)
    except UnsoundError:
        return [own]
    return [root, own] if root.is_dir() and root != own else [own]


def _images_of(
    entry: str, roots: Sequence[Path], path: Path, faults: FaultList, limits: ReadingLimits
) -> Iterator[str]:
    place = _find(entry, roots, path, limits)
    if place.is_dir():
        files = (os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
        yield from sorted(file for file in files if file.lower().endswith(IMAGE_SUFFIXES))
        return
    for number, line in enumerate(file_names_in(place), start=1):
        if not line.strip():
            continue
        try:
            yield _listed(line.strip(), place, roots, limits)
        except UnsoundError as reason:
            faults.add(reason.code, f"line {number}", reason.message, file=str(place), cure=reason.cure)


def _find(entry: str, roots: Sequence[Path], path: Path, limits: ReadingLimits) -> Path:
    """Finds a folder or list file; `../` at the front, which some exporters write in vain, may be left off."""
    tried, reasons = [], []
    for root in roots:
        for text in dict.fromkeys((entry, entry.lstrip("./"))):
            try:
                place = root / path_inside(root, text, limits)
            except UnsoundError as reason:
                reasons.append(f"{reason.message}; {reason.cure}")
                continue
            if place.exists():
                return place
            tried.append(str(place))
    listed = "\n".join(f"  - {line}" for line in dict.fromkeys([*reasons, *(f"there is no {each}" for each in tried)]))
    raise DataError(f"{path}: {entry!r} is not found:\n{listed}\nCorrect the path in the file.")


def _listed(line: str, place: Path, roots: Sequence[Path], limits: ReadingLimits) -> str:
    """Finds an image of a list file, relative to the list or else to the data set."""
    inside = [os.path.join(root, path_inside(root, line, limits)) for root in dict.fromkeys((place.parent, *roots))]
    return next((image for image in inside if os.path.isfile(image)), inside[0])
