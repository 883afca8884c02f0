"""Finding images, label files and class names in a YOLO folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.folders import with_suffix
from boxwright.data.formats.layout import SPLIT_WORDS, LayoutNotFoundError, OtherFormatError, PartNotFoundError, Portion
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.yaml_file import YAML_SUFFIXES, read_yaml
from boxwright.data.formats.yolo.class_names import class_names
from boxwright.data.formats.yolo.data_root import data_roots
from boxwright.data.formats.yolo.image_list import ImageList
from boxwright.data.formats.yolo.label_finder import LabelFinder
from boxwright.data.formats.yolo.leftovers import say_leftovers
from boxwright.data.formats.yolo.reader import read_yolo
from boxwright.data.formats.yolo.row_forms import RowForms, key_point_columns
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
    nameless = []
    for path in sorted(with_suffix(root, YAML_SUFFIXES), key=lambda path: path.name.lower() != "data.yaml"):
        content = read_yaml(path) if path.is_file() else None
        if isinstance(content, dict) and "names" not in content and "nc" in content:
            nameless.append(f"'names' in {path}, which has nc alone")
        if isinstance(content, dict) and is_yolo(content):
            if _entries(content, split, path) is None:
                raise LayoutNotFoundError("YOLO", [f"{split!r} in {path}"])
            return read_yolo_yaml(path, content, split, limits)
    raise LayoutNotFoundError("YOLO", nameless or [f"data.yaml with 'names' in {root}"])


def read_yolo_file(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads what a data.yaml names.

    Args:
        path: The YAML file.
        split: Which part.
        limits: What is refused.

    Raises:
        OtherFormatError: It is not a YAML file that names classes and images.
        DataError: The classes have a number but no names; and as for `read_yolo_yaml`.
    """
    content = read_yaml(path) if path.suffix.lower() in YAML_SUFFIXES else None
    if isinstance(content, dict) and "names" not in content and "nc" in content:
        raise DataError(
            f"{path} has nc, but no names of the classes. Write them in their order: names: [first, second]."
        )
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
    which is relative to the YAML file, or else to the YAML file itself. Where labels are: `LabelFinder`.

    Args:
        path: The YAML file.
        content: As parsed.
        split: Which part.
        limits: What is refused.

    Raises:
        DataError: The class names are not usable, or there is no image or no label file at all.
    """
    entries = _entries(content, split, path)
    if entries is None:
        raise PartNotFoundError(
            f"{path} has no {split!r}; found {sorted(map(str, content))}. Add the folder of its images."
        )
    names, forms = class_names(content, path), RowForms(key_point_columns(content, path))
    faults = FaultList(str(path))
    roots = data_roots(path, content, faults, limits)
    found = ImageList(path, roots, limits, faults)
    found.add(entries)
    finder = LabelFinder([str(root) for root in roots], split)
    if found.images and not any(finder(image) for image in found.images):
        raise _no_labels(path, found.images, finder, split)
    say_leftovers(found, finder, faults)
    return read_yolo(found.images, finder, names, faults, limits, forms)


def _no_labels(path: Path, images: Sequence[str], finder: LabelFinder, split: Portion) -> DataError:
    tried = "\n".join(f"  - {place}" for place in finder.places(images[0]))
    outside = finder.outside(images[0])
    hint = (
        f"There is {outside}, but outside of the folder of the data: put {path.name} into the folder that holds both "
        "images and labels, or move the labels inside."
        if outside
        else "Put the label files there."
    )
    return DataError(
        f"{path}: none of the {len(images)} {split} images has a label file. Looked for the first one at\n{tried}\n"
        f"{hint}"
    )


def _entries(content: dict[Any, Any], split: Portion, path: Path) -> list[str] | None:
    """Gives what a split consists of; None if the file does not have it."""
    value = next((content[word] for word in SPLIT_WORDS[split] if content.get(word)), None)
    if value is None:
        return None
    entries = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, str) and entry for entry in entries):
        raise DataError(
            f"{path}: {split} must be a folder, a list file, or a list of these; found {str(value)[:200]!r}. "
            "Write paths."
        )
    return entries
