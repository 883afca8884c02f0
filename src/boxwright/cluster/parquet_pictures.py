"""Pictures that a Parquet file holds or names."""

import logging
import os
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pyarrow
from pyarrow.parquet import ParquetFile

from boxwright.bounded_text import listed
from boxwright.cluster.places import ADDRESS, open_place
from boxwright.cluster.work import work_table
from boxwright.errors import DataError, counted

_log = logging.getLogger("boxwright")
_FORMS = "`bytes` (image files), `image` with the fields `bytes` and `path`, or `path` (of image files)"


def pictures_of_tables(places: Sequence[str]) -> list[pyarrow.Table]:
    """Lists the pictures of Parquet files, without reading a picture.

    A file has a column `bytes` of encoded images, beside a column `path` if there is one; or a column `image` with both
    as fields; or a column `path` alone, of files or addresses, relative to the folder of the table. Without a path, a
    picture is called FILE#ROW.

    Args:
        places: Absolute paths or addresses.

    Raises:
        DataError: A file cannot be read, has none of these columns, or two pictures have one path.
    """
    seen: dict[str, str] = {}
    found, repeated = [], 0
    for place in places:
        with open_table(place) as file:
            for table, is_held in _pictures_of(file, place):
                paths, files = table["path"].to_pylist(), table["place"].to_pylist()
                fresh = _not_seen(paths, files, seen, place, is_held=is_held)
                repeated += len(paths) - len(fresh)
                found.append(table.take(pyarrow.array(fresh, pyarrow.int64())))
    if repeated:
        _log.info(
            "%s a picture that another row names: each gets one row.", counted(repeated, "row names", "rows name")
        )
    return found


def _not_seen(
    paths: Sequence[str], files: Sequence[str], seen: dict[str, str], table: str, *, is_held: bool
) -> list[int]:
    """Gives the positions of paths that come for the first time, and notes where their pictures are.

    Raises:
        DataError: A path stands for two pictures.
    """
    fresh = []
    for number, (path, file) in enumerate(zip(paths, files, strict=True)):
        before = seen.get(path)
        if before is None:
            seen[path] = file
            fresh.append(number)
        elif is_held or before != file:
            why = "and pictures of their own" if is_held else f"of different files ({before} and {file})"
            cure = "or leave the column `path` out" if is_held else "for instance an absolute one"
            raise DataError(
                f"{table}: two rows have the path {path!r} {why}, and rows of the output are known by their path. Give "
                f"each its own, {cure}."
            )
    return fresh


@contextmanager
def open_table(place: str) -> Iterator[ParquetFile]:
    """Opens a Parquet file for the block.

    Args:
        place: An absolute path or an address.

    Raises:
        DataError: It is not there, or is none.
    """
    with ExitStack() as stack:
        try:
            file = ParquetFile(stack.enter_context(open_place(place)))
        except (OSError, pyarrow.ArrowException) as error:
            said = f"{place} cannot be read as Parquet ({error}). Correct the path, or write it again."
            raise DataError(said) from error
        yield file


def column_of_bytes(schema: pyarrow.Schema) -> str | None:
    """Names the column of encoded images, if there is one.

    Args:
        schema: Of the file.
    """
    held, image = _type_of(schema, "bytes"), _type_of(schema, "image")
    if held is not None and _is_binary(held):
        return "bytes"
    if image is not None and pyarrow.types.is_struct(image) and image.get_field_index("bytes") >= 0:
        return "image.bytes"
    return None


def _type_of(schema: pyarrow.Schema, name: str) -> pyarrow.DataType | None:
    """Gives the type of the only column of a name."""
    return schema.field(name).type if schema.names.count(name) == 1 else None


def _is_binary(kind: pyarrow.DataType) -> bool:
    types = pyarrow.types
    known = (types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary)
    return any(each(kind) for each in known)


def _pictures_of(file: ParquetFile, place: str) -> Iterator[tuple[pyarrow.Table, bool]]:
    """Gives the pictures of every row group, and whether they lie in it."""
    schema = file.schema_arrow
    column = column_of_bytes(schema)
    if column is None and _type_of(schema, "path") is None:
        raise DataError(
            f"{place} has the columns {listed(schema.names)}, of which none is known to hold or name pictures. Call it "
            f"{_FORMS}."
        )
    named = _column_of_paths(schema, column)
    first = 0
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        paths = [""] * count if named is None else _values(file.read_row_group(group, [named]), place)
        rows = range(first, first + count)
        first += count
        if column is not None:
            keys = [path or f"{place}#{row}" for row, path in zip(rows, paths, strict=True)]
            yield work_table(keys, [place] * count, group), True
        elif "" in paths:
            raise DataError(f"{place}: row {rows[paths.index('')]} has no path. Give it one, or leave it out.")
        else:
            yield work_table(paths, [_beside(place, path) for path in paths]), False


def _column_of_paths(schema: pyarrow.Schema, column: str | None) -> str | None:
    if column == "image.bytes":
        return "image.path" if schema.field("image").type.get_field_index("path") >= 0 else None
    return "path" if _type_of(schema, "path") is not None else None


def _values(table: pyarrow.Table, place: str) -> list[str]:
    """Gives the only column, of a structure its only field; what is null is empty.

    Raises:
        DataError: It holds no texts.
    """
    column = table.column(0).combine_chunks()
    column = column.field(0) if table.column_names == ["image"] else column
    values = column.to_pylist()
    try:
        return ["" if value is None else _text(value) for value in values]
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{place}: the column of paths holds {column.type}, and a path is a text in UTF-8. Write it so."
        ) from error


def _text(value: Any) -> str:
    if not isinstance(value, str | bytes | int):
        raise TypeError
    return value.decode() if isinstance(value, bytes) else str(value)


def _beside(table: str, path: str) -> str:
    """Looks a path up from the folder of the table that names it."""
    if ADDRESS in path or os.path.isabs(path):
        return path
    return (
        posixpath.join(posixpath.dirname(table), path)
        if ADDRESS in table
        else os.path.join(os.path.dirname(table), path)
    )
