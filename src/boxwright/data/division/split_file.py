"""Which image is in which part, written down."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from boxwright.data.formats.json_file import read_json
from boxwright.data.formats.layout import Split, UndividedError
from boxwright.errors import DataError, counted
from boxwright.writing.atomic_file import atomic_file

SPLIT_FILE = "split.json"
"""What the file is called in a run directory."""


def write_split(path: Path, parts: Mapping[Split, Sequence[str]]) -> None:
    """Writes a file that can be given as `--val`.

    Args:
        path: The file.
        parts: Names of the images, relative to the data set.
    """
    with atomic_file(path) as file:
        file.write(json.dumps(dict(parts), indent=1, ensure_ascii=True).encode())


@contextmanager
def naming_split_of(model: Path) -> Iterator[None]:
    """Says, where data have no parts, that a run which divided them has these written down.

    Another share would put images that were trained on into what is measured on.

    Args:
        model: Run directory, or a model file in one.

    Raises:
        DataError: The data have no parts, and the run has.
    """
    try:
        yield
    except UndividedError as error:
        run = next((place for place in (model, *model.parents[:2]) if (place / SPLIT_FILE).is_file()), None)
        if run is None:
            raise
        raise DataError(
            f"{error.lack}. {model} was trained on some of them: measure on the others with --val {run} (in Python "
            f"val={str(run)!r})."
        ) from error


def read_split(path: Path) -> dict[str, Split]:
    """Reads such a file, or that of a run directory.

    Args:
        path: The file or the directory.

    Returns:
        The part of every image, by its name relative to the data set.

    Raises:
        DataError: It is not there, is no such file, or names an image in both parts.
    """
    file = path / SPLIT_FILE if path.is_dir() else path
    content = read_json(file)
    form = '{"train": [names of images], "val": […]}'
    if not isinstance(content, dict) or set(content) != {"train", "val"}:
        raise DataError(f"{file} does not say which image is in which part. Write {form}, or give a share: --val 0.2.")
    found: dict[str, Split] = {}
    for split in ("train", "val"):
        names = content[split]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DataError(f"{file}: {split} must be a list of names of images. Write {form}.")
        found.update(dict.fromkeys(names, split))
    twice = set(content["train"]) & set(content["val"])
    if twice:
        many = counted(len(twice), "image is", "images are")
        raise DataError(f"{file}: {many} in both parts, such as {min(twice)!r}. Take them out of one.")
    return found
