"""Writing one part of a data set as shards and columns."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.coco.writer import coco_objects
from boxwright.data.formats.part import Part
from boxwright.data.shards.shard_index import PackedFile, PackedPart
from boxwright.data.shards.shard_writer import ShardWriter
from boxwright.data.shards.table_columns import ImagePlaces, save_columns
from boxwright.errors import DataError

_SEED = 0  # of the order of training images in the shards


def write_part(part: Part, word: str, folder: Path, root: Path, most: int) -> PackedPart:
    """Writes the images of a part to shards, one at a time, and its annotations to columns.

    An image that is listed several times is written once. Training images lie in the shards in a random order, so that
    every shard is a sample of all of them; those that are measured lie in theirs. The columns keep the order of the
    data.

    Args:
        part: With masks, which may be of no object.
        word: What its references call an object.
        folder: Of the packed data.
        root: Of the data; the paths that are noted are relative to it.
        most: Bytes after which the next shard begins.

    Raises:
        DataError: An image cannot be read.
    """
    table = part.table
    _, firsts, copies = np.unique(table.paths, return_index=True, return_inverse=True)
    named = replace(table, paths=_relative(table, root))
    records = replace(part, table=named)
    places = np.zeros((len(table), 3), dtype=np.int64)
    with ShardWriter(folder / part.split, part.split, most) as writer:
        for position in _in_order(firsts, part.split).tolist():
            content = _bytes_of(table.path(position))
            suffix = os.path.splitext(table.path(position))[1]
            shard, start = writer.add(content, suffix, _record(records, position))
            places[position] = shard, start, len(content)
    shard, start, length = np.ascontiguousarray(places[firsts[copies]].T)
    columns = save_columns(named, ImagePlaces(shard.astype(np.int32), start, length), folder / part.split / "columns")
    files = {name: PackedFile.of(path, f"{part.split}/columns/{path.name}") for name, path in columns.items()}
    return PackedPart(len(table), len(table.boxes), word, part.has_ids, tuple(writer.shards), files)


def _in_order(firsts: Int64[np.ndarray, "images"], split: str) -> Int64[np.ndarray, "images"]:
    order = np.sort(firsts)
    return np.random.default_rng(_SEED).permutation(order) if split == "train" else order


def _relative(table: AnnotationTable, root: Path) -> np.ndarray:
    """Gives paths relative to the folder of the data; what lies elsewhere keeps its own."""
    start = os.fsencode(root.absolute()) + b"/"
    here = os.fsencode(Path.cwd()) + b"/"
    return np.array([(here + path if path[:1] != b"/" else path).removeprefix(start) for path in table.paths.tolist()])


def _bytes_of(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: the image cannot be read ({error.strerror}). Restore the file.") from error


def _record(part: Part, position: int) -> dict[str, Any]:
    height, width = part.size(position)
    return {
        "id": int(part.table.image_ids[position]),
        "file_name": part.path(position),
        "width": width,
        "height": height,
        "annotations": list(coco_objects(part, position)),
    }
