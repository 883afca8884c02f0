"""Which images of a data set are meant."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from boxwright.data import Dataset
from boxwright.errors import ConfigError, DataError

MOST_IMAGES = 200


def chosen_images(dataset: Dataset, images: int | str | Sequence[str]) -> list[int]:
    """Finds the positions of images.

    Args:
        dataset: Where they are.
        images: A number of them, spread over the data set; or one name or several: of the file, with or without
            folders before it, or the id of the image.

    Raises:
        ConfigError: A name is unknown or fits several images, or there are more than 200 or less than one.
        DataError: The data set is empty.
    """
    if not len(dataset):
        raise DataError("There is no image to inspect. Choose another part of the data set with --split.")
    if isinstance(images, int):
        _check_count(images)
        spread = np.linspace(0, len(dataset) - 1, images).round().astype(int)
        return [int(position) for position in np.unique(spread)]
    names = [images] if isinstance(images, str) else list(images)
    _check_count(len(names))
    known = _positions(dataset)
    return list(dict.fromkeys(_position(name, known) for name in names))


def image_name(dataset: Dataset, position: int) -> str:
    """Gives the name of an image without its folders; its id where it has no file.

    Args:
        dataset: Where it is.
        position: In the data set.
    """
    origin = dataset.truth(position).origin
    return Path(origin.path).name if origin.path else origin.name


def _positions(dataset: Dataset) -> dict[str, list[int]]:
    """Lists the positions of every name, ids included."""
    known: dict[str, list[int]] = {}
    for position in range(len(dataset)):
        origin = dataset.truth(position).origin
        names = [str(origin.image_id)] if origin.path is None else [str(origin.image_id), Path(origin.path).as_posix()]
        for name in dict.fromkeys((*names, image_name(dataset, position))):
            known.setdefault(name, []).append(position)
    return known


def _position(name: str, known: dict[str, list[int]]) -> int:
    found = known.get(name) or sorted(
        {position for path, positions in known.items() if path.endswith(f"/{name}") for position in positions}
    )
    if not found:
        near = get_close_matches(name, (other for other in known if "/" not in other), n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise ConfigError(f"Unknown image {name!r}. {hint}Give the name of a file or the id of an image of this part.")
    if len(found) > 1:
        raise ConfigError(f"{len(found)} images are called {name!r}. Put their folder or the id before: name one only.")
    return found[0]


def _check_count(count: int) -> None:
    if not 1 <= count <= MOST_IMAGES:
        raise ConfigError(f"images: 1 to {MOST_IMAGES} fit into a page; found {count}. Name those of interest.")
