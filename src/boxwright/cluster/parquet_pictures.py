"""Pictures that a Parquet file holds or names."""

import logging
import os
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

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
    seen: set[str] = set()
    found, repeated = [], 0
    for place in places:
        with open_table(place) as file:
            for table, is_held in _pictures_of(file, place):
                paths = table["path"].to_pylist()
                fresh = _not_seen(paths, seen)
                if is_held and len(fresh) < len(paths):
                    twice = paths[min(set(range(len(paths))) - set(fresh))]
                    raise DataError(
                        f"{place}: two rows have the path {twice!r} and pictures of their own, and rows of the output "
                        "are known by their path. Give each its own, or leave the column `path` out."
                    )
                repeated += len(paths) - len(fresh)
                found.append(table.take(pyarrow.array(fresh, pyarrow.int64())))
    if repeated:
        _log.info(
            "%s a picture that another row names: each gets one row.", counted(repeated, "row names", "rows name")
        )
    return found


def _not_seen(paths: Sequence[str], seen: set[str]) -> list[int]:
    """Gives the positions of paths that come for the first time, and notes these."""
    fresh = []
    for number, path in enumerate(paths):
        if path not in seen:
            fresh.append(number)
            seen.add(path)
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
    if "bytes" in schema.names and _is_binary(schema.field("bytes").type):
        return "bytes"
    image = schema.field("image").type if "image" in schema.names else None
    if image is not None and pyarrow.types.is_struct(image) and image.get_field_index("bytes") >= 0:
        return "image.bytes"
    return None


def _is_binary(kind: pyarrow.DataType) -> bool:
    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))


def _pictures_of(file: ParquetFile, place: str) -> Iterator[tuple[pyarrow.Table, bool]]:
    """Gives the pictures of every row group, and whether they lie in it."""
    schema = file.schema_arrow
    column = column_of_bytes(schema)
    if column is None and "path" not in schema.names:
        raise DataError(
            f"{place} has the columns {listed(schema.names)}, of which none is known to hold or name pictures. Call it "
            f"{_FORMS}."
        )
    named = _column_of_paths(schema, column)
    first = 0
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        paths = [""] * count if named is None else _values(file.read_row_group(group, [named]))
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
    return "path" if "path" in schema.names else None


def _values(table: pyarrow.Table) -> list[str]:
    """Gives the only column, of a structure its only field; what is null is empty."""
    column = table.column(0).combine_chunks()
    column = column.field(0) if pyarrow.types.is_struct(column.type) else column
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _beside(table: str, path: str) -> str:
    """Looks a path up from the folder of the table that names it."""
    if ADDRESS in path or os.path.isabs(path):
        return path
    return (
        posixpath.join(posixpath.dirname(table), path)
        if ADDRESS in table
        else os.path.join(os.path.dirname(table), path)
    )
