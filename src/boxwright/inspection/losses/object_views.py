"""Reading what a training logged about every object."""

import csv
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from boxwright.errors import DataError
from boxwright.run_files.object_files import LOSS_PREFIX, OBJECT_COLUMNS, require_format
from boxwright.writing.table_cell import cell_text

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SeenObject:
    """An annotated object, as the log names it.

    Args:
        image_id: Id of the image.
        image: Its file, or nothing.
        position: Of the image in the data set that was trained on.
        row: Among the objects of the image.
        label: Class index.
        category: Name of the class.
        box: xyxy in pixels of the original image.
    """

    image_id: int
    image: str
    position: int
    row: int
    label: int
    category: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ObjectViews:
    """All views of all objects: every time that one was in a batch.

    Args:
        objects: In the order in which they were first seen.
        index: Which object a view is of.
        epoch: From 1.
        positives: Pairs that the object had.
        quality: Sum of their qualities, by which its share of the loss grows.
        losses: By name, its share of the loss.
    """

    objects: tuple[SeenObject, ...]
    index: Int64[np.ndarray, "views"]
    epoch: Int64[np.ndarray, "views"]
    positives: Int64[np.ndarray, "views"]
    quality: Float64[np.ndarray, "views"]
    losses: dict[str, Float64[np.ndarray, "views"]]


def read_object_views(path: str | Path) -> ObjectViews:
    """Reads the log of a training, made with `log_objects`; a last row that was cut short is left out.

    Args:
        path: The folder of the run, its folder "objects", or one file of it.

    Raises:
        DataError: There is no such log, or it has no rows.
        MissingExtraError: It is Parquet, and pyarrow is not installed.
    """
    names, rows = _rows(_files(Path(path)), str(path))
    losses = [name for name in names if name.startswith(LOSS_PREFIX)]
    places = [names.index(name) for name in OBJECT_COLUMNS]
    at = dict(zip(OBJECT_COLUMNS, places, strict=True))
    float_places = [names.index(name) for name in ("quality", *losses)]
    known: dict[tuple[int, int], int] = {}
    objects: list[SeenObject] = []
    numbers, values = array("q"), array("d")  # a long training has millions of rows
    for row in rows:
        key = int(row[at["position"]]), int(row[at["row"]])
        if key not in known:
            known[key] = len(objects)
            objects.append(_seen(row, at))
        numbers.extend((known[key], int(row[at["epoch"]]), int(row[at["positives"]])))
        values.extend(float(row[place]) for place in float_places)
    if not objects:
        raise DataError(f"{path} has no rows. Train with log_objects on images with objects.")
    columns = np.array(numbers, dtype=np.int64).reshape(-1, 3).T
    quality, *shares = np.array(values, dtype=np.float64).reshape(-1, len(float_places)).T
    by_name = {name.removeprefix(LOSS_PREFIX): share for name, share in zip(losses, shares, strict=True)}
    return ObjectViews(tuple(objects), columns[0], columns[1], columns[2], quality, by_name)


def _seen(row: Row, at: dict[str, int]) -> SeenObject:
    x1, y1, x2, y2 = (float(row[at[name]]) for name in ("x1", "y1", "x2", "y2"))
    image_id, position, number, label = (int(row[at[name]]) for name in ("image_id", "position", "row", "label"))
    return SeenObject(
        image_id, str(row[at["image"]]), position, number, label, str(row[at["category"]]), (x1, y1, x2, y2)
    )


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    folder = path / "objects" if (path / "objects").is_dir() else path
    found = sorted(folder.glob("*.csv")) or sorted(folder.glob("epoch-*.parquet"))
    if found:
        return found
    raise DataError(
        f"{path} holds no log of objects. Train with --log_objects csv, and name the folder of the run or its file."
    )


def _rows(files: list[Path], source: str) -> tuple[list[str], Iterator[Row]]:
    """Gives the names of the columns, and the rows of all files."""
    readers = [_parquet_rows(file) if file.suffix == ".parquet" else _csv_rows(file) for file in files]
    heads = [[str(name) for name in next(reader, ())] for reader in readers]
    lacking = [name for name in OBJECT_COLUMNS if name not in heads[0]]
    if lacking or any(head != heads[0] for head in heads):
        what = f"has no column {', '.join(lacking)}" if lacking else "has files with different columns"
        raise DataError(f"{source} {what}, so it is no log of objects. Name what --log_objects wrote.")
    return heads[0], (row for reader in readers for row in reader)


def _csv_rows(path: Path) -> Iterator[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from (tuple(map(cell_text, row)) for row in csv.reader(_whole(file)))


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Leaves out the end of a line that was cut short."""
    return (line for line in lines if line.endswith("\n"))


def _parquet_rows(path: Path) -> Iterator[Row]:
    require_format("parquet")
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    yield tuple(table.column_names)
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
