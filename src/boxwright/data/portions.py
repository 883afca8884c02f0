"""Reading a part of a folder or of a file, or all of it, by the table of formats."""

from pathlib import Path

from boxwright.data.formats import FORMATS
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.layout import (
    LayoutNotFoundError,
    OtherFormatError,
    PartNotFoundError,
    Portion,
    Split,
    UndividedError,
)
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.yolo.missing_yaml import missing_yaml
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import BoxwrightError, ConfigError, DataError, counted, unknown_name
from boxwright.settings.given_paths import no_data

SAMPLES = Path(__file__).parent / "samples"
"""The data sets that come with the package."""

_SAMPLE = "sample"
_CURE = "Put the annotations there, or name them in a YAML file and pass that."


def layout_and_path(source: str | Path) -> tuple[str | None, Path]:
    """Splits "voc:FOLDER" and looks up "sample:NAME".

    Args:
        source: As a user names it.

    Returns:
        The format that is asked for, or None; and the folder or file.

    Raises:
        DataError: It is not there.
        ConfigError: There is no such sample.
    """
    prefix, colon, rest = str(source).partition(":")
    layout = None
    if colon and prefix == _SAMPLE:
        names = [folder.name for folder in SAMPLES.iterdir() if (folder / "annotations").is_dir()]
        if rest not in names:
            raise unknown_name("sample", rest, names)
        return None, SAMPLES / rest
    if colon and prefix in FORMATS and not Path(source).exists():
        layout, source = prefix, rest
    path = Path(source)
    if not path.exists():
        raise no_data(path)
    return layout, path


def read_portion(path: Path, portion: Portion, limits: ReadingLimits, layout: str | None) -> Reading:
    """Reads a part, or all of what has no parts.

    Args:
        path: Folder or file.
        portion: Which part.
        limits: What is refused.
        layout: The only format to try, or None for all.

    Raises:
        PartNotFoundError: No format knows it.
        DataError: It cannot be read.
    """
    return _read_folder(path, portion, limits, layout) if path.is_dir() else _read_file(path, portion, limits, layout)


def read_undivided(path: Path, limits: ReadingLimits, layout: str | None) -> Reading:
    """Reads data that have no parts, or one only.

    Args:
        path: Folder or file.
        limits: What is refused.
        layout: The only format to try, or None for all.

    Raises:
        ConfigError: There are two parts.
        PartNotFoundError: There is nothing.
    """
    found: dict[Portion, Reading] = {}
    misses = []
    portions: tuple[Portion, ...] = ("train", "val", "whole")
    for portion in portions:
        try:
            if not (portion == "whole" and found):
                found[portion] = read_portion(path, portion, limits, layout)
        except PartNotFoundError as miss:
            misses.append(miss)
    if "train" in found and "val" in found:
        raise ConfigError(f"val: {path} has a train and a val part already. Leave it out.")
    if not found:
        raise misses[-1]
    return next(iter(found.values()))


def with_cure(
    miss: PartNotFoundError, path: Path, split: Split, limits: ReadingLimits, layout: str | None
) -> PartNotFoundError:
    """Says how to divide data that lack a part, if there are any.

    Args:
        miss: Why the part cannot be read.
        path: Folder or file.
        split: The part.
        limits: What is refused.
        layout: The only format to try, or None for all.
    """
    if split == "test":
        return miss
    others: tuple[Portion, ...] = ("val", "whole") if split == "train" else ("train", "whole")
    for portion in others:
        try:
            count = len(read_portion(path, portion, limits, layout).table)
        except BoxwrightError:
            continue
        if portion == "whole":
            return UndividedError(str(path), counted(count, "image"))
        cure = " Or keep some of its images to measure on: --val 0.2 (in Python val=0.2)." if split == "val" else ""
        return PartNotFoundError(f"{miss}{cure}")
    return miss


def root_of(path: Path) -> Path:
    """Gives the folder that names of images are relative to where parts are written down.

    Args:
        path: Folder or file.
    """
    return path if path.is_dir() else path.parent


def _read_folder(root: Path, split: Portion, limits: ReadingLimits, layout: str | None) -> Reading:
    misses = []
    for name, each in FORMATS.items():
        if layout in (None, name):
            try:
                return each.read_folder(root, split, limits)
            except LayoutNotFoundError as miss:
                misses.append(f"  - {miss}")
    raise PartNotFoundError(
        f"{root} has no {'' if split == 'whole' else split + ' '}data in a known layout. Tried:\n"
        + "\n".join(misses)
        + "\n"
        f"{(missing_yaml(root) if layout in (None, 'yolo') else '') or _CURE}"
    )


def _read_file(path: Path, split: Portion, limits: ReadingLimits, layout: str | None) -> Reading:
    for name, each in FORMATS.items():
        if layout in (None, name) and each.read_file is not None:
            try:
                return each.read_file(path, split, limits)
            except OtherFormatError:
                continue
    if path.suffix.lower() == ".json":
        keys = ", ".join(map(repr, json_outline(path).keys)) or "no keys at its beginning"
        raise DataError(
            f"{path} is JSON of no kind that boxwright reads; found {keys[:200]}. Export the annotations as COCO JSON, "
            "or give the folder that has annotations and images."
        )
    raise DataError(
        f"{path} is neither a folder nor a YAML or JSON file. Give the folder that has annotations and images, or a "
        "YAML file that names both."
    )
