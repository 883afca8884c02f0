"""Finding images, label files and class names by an `obj.data` file."""

import os
from collections.abc import Iterator
from pathlib import Path

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.folders import with_suffix
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.formats.layout import SPLIT_WORDS, LayoutNotFoundError, OtherFormatError, Portion
from boxwright.data.formats.repeats import say_repeats
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.yolo.label_finder import LabelFinder
from boxwright.data.formats.yolo.reader import read_yolo
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError, counted

_LONGEST = 2**16  # bytes of a file of settings


def read_darknet_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with a file such as `obj.data`, which names lists of images and the file of class names.

    Args:
        root: The folder.
        split: Which part; train is also the whole where there is no other part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There is no such file, or it does not name the part.
        DataError: What it names cannot be read.
    """
    for path in with_suffix(root, (".data",)):
        if _settings(path):
            return read_darknet_file(path, split, limits)
    raise LayoutNotFoundError("Darknet", [f"{root}/obj.data with 'names' and 'train'"])


def read_darknet_file(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads what such a file names.

    Paths are relative to the folder of the file; where that leads nowhere, a first `data/` is left off, which CVAT
    writes for a folder that it does not make. Label files lie beside their images, or in `labels` for `images`.

    Args:
        path: The file.
        split: Which part.
        limits: What is refused.

    Raises:
        OtherFormatError: It is no such file.
        LayoutNotFoundError: It does not name the part.
        DataError: What it names cannot be read.
    """
    settings = _settings(path) if path.suffix.lower() == ".data" else {}
    if not settings:
        raise OtherFormatError(f"{path} is no file with 'names' and 'train'")
    listing = next((settings[word] for word in SPLIT_WORDS[split] if settings.get(word)), None)
    if listing is None:
        raise LayoutNotFoundError("Darknet", [f"{split!r} in {path}"])
    names = dict(enumerate(_lines(_file(settings["names"], path, limits))))
    if len(set(names.values())) < len(names) or not names:
        raise DataError(
            f"{path}: {settings['names']} needs one name per line, each once; found {counted(len(names), 'line')}."
        )
    place = _file(listing, path, limits)
    faults = FaultList(str(place))
    images = list(_images(place, path.parent, faults, limits))
    say_repeats(images, faults)
    return read_yolo(images, LabelFinder([str(path.parent)], split), names, faults, limits)


def _settings(path: Path) -> dict[str, str]:
    """Gives the settings of a file; nothing if it is not one that names classes and a part."""
    try:
        text = path.read_bytes()[:_LONGEST].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if not line.lstrip().startswith("#"))
    found = {key.strip(): value.strip() for key, equals, value in pairs if equals}
    has_part = any(word in found for words in SPLIT_WORDS.values() for word in words)
    return found if "names" in found and has_part else {}


def _file(name: str, path: Path, limits: ReadingLimits) -> Path:
    try:
        found = _found(name, path.parent, limits)
    except UnsoundError as reason:
        raise DataError(f"{path}: {reason.message}. {reason.cure.capitalize()}.") from reason
    if not os.path.isfile(found):
        raise DataError(f"{path}: there is no {found}. Correct the path in the file.")
    return Path(found)


def _found(name: str, root: Path, limits: ReadingLimits) -> str:
    """Gives the file at a path, with or without a first `data/`; the one without if there is neither."""
    written = name.replace("\\", "/")
    shorter = written.removeprefix("data/")
    places = [os.path.join(root, path_inside(root, text, limits)) for text in dict.fromkeys((written, shorter))]
    return next((place for place in places if os.path.isfile(place)), places[-1])


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text: {error}. Write one line for each.") from error


def _images(place: Path, root: Path, faults: FaultList, limits: ReadingLimits) -> Iterator[str]:
    for number, line in enumerate(_lines(place), start=1):
        try:
            yield _found(line, root, limits)
        except UnsoundError as reason:
            faults.add(reason.code, f"line {number}", reason.message, file=str(place), cure=reason.cure)
