"""Reading the bytes of pictures, in processes of the engine that need nothing of torch."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import pyarrow

from boxwright.cluster.parquet_pictures import column_of_bytes, open_table
from boxwright.cluster.places import open_place
from boxwright.errors import DataError

READ = pyarrow.schema({"path": pyarrow.string(), "content": pyarrow.large_binary(), "fault": pyarrow.string()})
_THREADS = 8  # which wait for a disk or a network
_AT_ONCE = 32  # pictures that are in memory


def read_pictures(work: pyarrow.Table) -> Iterator[pyarrow.Table]:
    """Reads pictures as they are encoded; what cannot be read has a fault in place of its content.

    Args:
        work: From `work_table`.

    Raises:
        DataError: A Parquet file is damaged.
    """
    for (place, group), some in groupby(work.to_pylist(), key=_lies_in):
        rows = list(some)
        yield from _of_files(rows) if group is None else _of_group(str(place), group, rows)


def _lies_in(row: dict[str, Any]) -> tuple[str | None, int | None]:
    return (None, None) if row["group"] is None else (row["place"], row["group"])


def _of_files(rows: Sequence[dict[str, Any]]) -> Iterator[pyarrow.Table]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            contents, faults = zip(*pool.map(_content, [row["place"] for row in some]), strict=True)
            yield _table([row["path"] for row in some], contents, faults)


def _content(place: str) -> tuple[bytes | None, str | None]:
    try:
        with open_place(place) as file:
            return file.read(), None
    except Exception as error:  # the file systems of fsspec have errors of their own
        return None, getattr(error, "strerror", None) or str(error) or type(error).__name__


def _of_group(place: str, group: int, rows: Sequence[dict[str, Any]]) -> Iterator[pyarrow.Table]:
    wanted = {row["row"]: row["path"] for row in rows}
    first = 0
    with open_table(place) as file:
        column = column_of_bytes(file.schema_arrow)
        try:
            for batch in file.iter_batches(batch_size=_AT_ONCE, row_groups=[group], columns=[column]):
                held = batch.column(0)
                held = held.field(0) if pyarrow.types.is_struct(held.type) else held
                numbers = [number for number in range(len(held)) if first + number in wanted]
                paths = [wanted[first + number] for number in numbers]
                yield _table(paths, [held[number].as_py() for number in numbers], [None] * len(numbers))
                first += len(held)
        except (OSError, pyarrow.ArrowException) as error:
            raise DataError(f"{place}: row group {group} cannot be read ({error}). Write the file again.") from error


def _table(paths: Sequence[str], contents: Sequence[bytes | None], faults: Sequence[str | None]) -> pyarrow.Table:
    return pyarrow.table([list(paths), list(contents), list(faults)], schema=READ)
