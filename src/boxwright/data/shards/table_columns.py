"""Annotations as files of one array each, which are opened without being read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Int32, Int64

from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.segmentations import Segmentations
from boxwright.data.shards.column_values import fault_of_values
from boxwright.errors import DataError
from boxwright.writing.atomic_file import atomic_file

_OF_TABLE = ("paths", "image_ids", "sizes", "offsets", "boxes", "labels", "ignore", "areas", "references")
_OF_MASKS = ("rings", "ring_points", "points", "texts", "text")
_OF_IMAGES = ("shard", "start", "length")
_DTYPES = {
    "sizes": np.int32,
    "boxes": np.float32,
    "ignore": np.bool_,
    "areas": np.float32,
    "points": np.float64,
    "text": np.uint8,
    "shard": np.int32,
}
"""Those of all others are int64."""

COLUMNS = (*_OF_TABLE, *_OF_MASKS, *_OF_IMAGES)
"""The arrays of a part; one file each."""


@dataclass(frozen=True, slots=True)
class ImagePlaces:
    """Where the bytes of each image are.

    Args:
        shard: Number of the tar file.
        start: Of the first byte in it.
        length: Bytes.
    """

    shard: Int32[np.ndarray, "images"]
    start: Int64[np.ndarray, "images"]
    length: Int64[np.ndarray, "images"]

    def take(self, positions: Int64[np.ndarray, "chosen"]) -> "ImagePlaces":
        """Picks images.

        Args:
            positions: Which.
        """
        return ImagePlaces(self.shard[positions], self.start[positions], self.length[positions])


def save_columns(table: AnnotationTable, places: ImagePlaces, folder: Path) -> dict[str, Path]:
    """Writes every array to a file of its own.

    Args:
        table: With masks, which may be of no object.
        places: Of its images.
        folder: Where to; it is made.

    Returns:
        The files by column.
    """
    assert table.segmentations is not None
    folder.mkdir(parents=True)
    owners = ((_OF_TABLE, table), (_OF_MASKS, table.segmentations), (_OF_IMAGES, places))
    files = {}
    for names, owner in owners:
        for name in names:
            files[name] = folder / f"{name}.npy"
            with atomic_file(files[name]) as file:
                np.lib.format.write_array(file, getattr(owner, name), allow_pickle=False)
    return files


def open_columns(
    files: Mapping[str, Path], images: int, objects: int, classes: int, *, with_masks: bool, source: str
) -> tuple[AnnotationTable, ImagePlaces]:
    """Opens the arrays; their content is read from the disk as it is needed, and processes share it.

    Args:
        files: By column.
        images: How many there must be.
        objects: How many there must be.
        classes: Labels are less than this.
        with_masks: Whether masks are opened too.
        source: For messages.

    Raises:
        DataError: The arrays do not fit each other.
    """
    arrays = {name: _opened(files[name], name, source) for name in COLUMNS if with_masks or name not in _OF_MASKS}
    _require_sound(arrays, images, objects, classes, source)
    masks = Segmentations(*(arrays[name] for name in _OF_MASKS)) if with_masks else None
    table = AnnotationTable(**{name: arrays[name] for name in _OF_TABLE}, segmentations=masks)
    return table, ImagePlaces(*(arrays[name] for name in _OF_IMAGES))


def _opened(path: Path, name: str, source: str) -> npt.NDArray[Any]:
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:  # an array without elements cannot be mapped
        try:
            mapped = np.load(path, allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise _damaged(source, f"{path.name} is no array of numbers ({error})") from error
    except (EOFError, OSError) as error:
        raise _damaged(source, f"{path.name} cannot be opened ({error})") from error
    array: npt.NDArray[Any] = np.asarray(mapped)
    expected = np.dtype(_DTYPES.get(name, np.int64))
    if array.dtype != expected and not (name == "paths" and array.dtype.kind == "S"):
        raise _damaged(source, f"{path.name} has values of the type {array.dtype}, not {expected}")
    return array


def _require_sound(arrays: dict[str, npt.NDArray[Any]], images: int, objects: int, classes: int, source: str) -> None:
    """Refuses arrays that would give nonsense or an error much later; what they are read from may be anybody's."""
    of_images, of_objects = (images,), (objects,)
    shapes = {"sizes": (images, 2), "offsets": (images + 1,), "boxes": (objects, 4)}
    shapes |= dict.fromkeys(("paths", "image_ids", *_OF_IMAGES), of_images)
    shapes |= dict.fromkeys(("labels", "ignore", "areas", "references"), of_objects)
    if "rings" in arrays:
        shapes |= dict.fromkeys(("rings", "texts"), (objects + 1,)) | {"points": (len(arrays["points"]), 2)}
    wrong = [f"{name} {arrays[name].shape}" for name, shape in shapes.items() if arrays[name].shape != shape]
    if wrong:
        raise _damaged(source, f"{images:,} images and {objects:,} objects, but {', '.join(wrong)}")
    ends = {"offsets": objects}
    if "rings" in arrays:
        ends |= {"texts": len(arrays["text"]), "ring_points": len(arrays["points"])}
        ends |= {"rings": len(arrays["ring_points"]) - 1}
    for name, end in ends.items():
        column = arrays[name]
        if len(column) == 0 or column[0] != 0 or column[-1] != end or bool((column[1:] < column[:-1]).any()):
            raise _damaged(source, f"{name} does not lead from 0 to {end}")
    fault = fault_of_values(arrays, classes)
    if fault is not None:
        raise _damaged(source, fault)


def _damaged(source: str, what: str) -> DataError:
    return DataError(f"{source}: the annotations are damaged: {what}. Pack the data again, or copy the files again.")
