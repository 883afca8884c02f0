"""What is to be looked at, as tables that are handed out to processes."""

from collections.abc import Collection, Sequence

import pyarrow

from boxwright.errors import DataError, counted

_WORK = pyarrow.schema(
    {
        "path": pyarrow.string(),  # what the picture is called in the output
        "place": pyarrow.string(),  # its file, or the Parquet file that holds it
        "group": pyarrow.int32(),  # row group of the Parquet file; null for a file of its own
        "row": pyarrow.int64(),  # in the row group
    }
)


def work_table(paths: Sequence[str], places: Sequence[str], group: int | None = None) -> pyarrow.Table:
    """Lists pictures.

    Args:
        paths: What they are called in the output, each once.
        places: Their files, as absolute paths or addresses.
        group: Where all of them lie in one row group of a Parquet file, all rows in order: its number.

    Raises:
        DataError: A name is not UTF-8, as rows have it.
    """
    odd = [each for each in (*paths, *places) if not _is_text(each)]
    if odd:
        raise DataError(
            f"{counted(len(set(odd)), 'name')} cannot be written to rows, which are UTF-8 (first: {odd[0]!r}). Rename "
            "the files, or leave out --engine ray."
        )
    count = len(paths)
    columns = [list(paths), list(places), [group] * count, [None if group is None else row for row in range(count)]]
    arrays = [pyarrow.array(each, field.type) for each, field in zip(columns, _WORK, strict=True)]
    return pyarrow.table(arrays, schema=_WORK)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def left_to_do(tables: Sequence[pyarrow.Table], done: Collection[str]) -> list[pyarrow.Table]:
    """Leaves out what has a row already.

    Args:
        tables: From `work_table`.
        done: Paths.
    """
    left = [table.filter(pyarrow.array([path not in done for path in table["path"].to_pylist()], pyarrow.bool_()))
            for table in tables]  # fmt: skip
    return [table for table in left if table.num_rows]


def in_blocks(tables: Sequence[pyarrow.Table], rows: int) -> list[pyarrow.Table]:
    """Cuts lists of files into blocks that are handed out; a row group stays whole, since it is read as a whole.

    Args:
        tables: From `work_table`.
        rows: Of a block.
    """
    blocks = []
    for table in tables:
        size = rows if table["group"][0].as_py() is None else table.num_rows
        blocks += [table.slice(first, size) for first in range(0, table.num_rows, size)]
    return blocks
