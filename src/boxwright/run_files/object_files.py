"""The files that keep the losses of single objects."""

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from boxwright.errors import MissingExtraError
from boxwright.lettering.visible import visible
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.table_cell import table_cell

ObjectFormat = Literal["csv", "parquet"]
Columns = Mapping[str, Sequence[int] | Sequence[float] | Sequence[str]]

LOSS_PREFIX = "loss_"
_LOSS = "%.6g"
OBJECT_COLUMNS = {
    **dict.fromkeys(("epoch", "step", "image_id"), "%d"),
    "image": "%s",
    **dict.fromkeys(("position", "row", "label"), "%d"),
    "category": "%s",
    **dict.fromkeys(("x1", "y1", "x2", "y2"), "%.2f"),
    "positives": "%d",
    "quality": _LOSS,
}
"""Name of every column but the losses, with how CSV writes it."""
_ROWS_AT_ONCE = 200_000


@runtime_checkable
class ObjectFile(Protocol):
    """Takes rows."""

    def add(self, columns: Columns) -> None:
        """Takes the rows of a step."""
        ...

    def finish(self) -> None:
        """Writes what is not yet written, before a checkpoint."""
        ...


class CsvObjects:
    """Appends to a CSV file, the rows of a step in one piece, so that a process that is killed leaves whole rows.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def add(self, columns: Columns) -> None:
        """Appends rows, under a header if they are the first."""
        pattern = ",".join(OBJECT_COLUMNS.get(name, _LOSS) for name in columns) + "\n"
        cells = [_quoted(values) if OBJECT_COLUMNS.get(name) == "%s" else values for name, values in columns.items()]
        text = "".join(pattern % row for row in zip(*cells, strict=True))
        with self.path.open("ab", buffering=0) as file:
            head = "" if file.tell() else ",".join(columns) + "\n"
            file.write((head + text).encode())

    def finish(self) -> None:
        """Does nothing: every row is written."""


class ParquetObjects:
    """Writes Parquet files, one per checkpoint or 200,000 rows; each appears when it is complete.

    Args:
        folder: Where to.
        rank: Of this process; part of the names.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """

    def __init__(self, folder: Path, rank: int) -> None:
        require_format("parquet")
        self.folder, self.rank = folder, rank
        self._held: dict[str, list[Any]] = {}

    def add(self, columns: Columns) -> None:
        """Keeps rows for the next file."""
        for name, values in columns.items():
            is_text = OBJECT_COLUMNS.get(name) == "%s"
            self._held.setdefault(name, []).extend([visible(str(value)) for value in values] if is_text else values)
        if len(next(iter(self._held.values()), ())) >= _ROWS_AT_ONCE:
            self._write()

    def finish(self) -> None:
        """Writes what is held."""
        self._write()

    def _write(self) -> None:
        held, self._held = self._held, {}
        if not held or not held["epoch"]:
            return
        import pyarrow
        import pyarrow.parquet

        kinds = {"%d": pyarrow.int64(), "%s": pyarrow.string(), "%.2f": pyarrow.float32(), _LOSS: pyarrow.float32()}
        schema = pyarrow.schema([(name, kinds[OBJECT_COLUMNS.get(name, _LOSS)]) for name in held])
        name = f"epoch-{held['epoch'][0]:04d}-{self.rank}"
        part = len(list(self.folder.glob(f"{name}-*.parquet")))
        with atomic_file(self.folder / f"{name}-{part:03d}.parquet", replaces=True) as file:
            pyarrow.parquet.write_table(pyarrow.table(held, schema=schema), file)


def open_object_file(folder: Path, rank: int, kind: ObjectFormat) -> ObjectFile:
    """Opens the file that a process writes to.

    Args:
        folder: Of the run.
        rank: Of the process.
        kind: Its format.

    Raises:
        MissingExtraError: pyarrow is not installed, for Parquet.
    """
    return CsvObjects(folder / f"{rank}.csv") if kind == "csv" else ParquetObjects(folder, rank)


def require_format(kind: ObjectFormat) -> None:
    """Raises an error if a format cannot be written or read here.

    Args:
        kind: The format.

    Raises:
        MissingExtraError: pyarrow is not installed, for Parquet.
    """
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise MissingExtraError(
            "log_objects: Parquet needs pyarrow, which is not installed. Install boxwright[parquet], or use csv."
        )


def forget_after(folder: Path, step: int) -> None:
    """Drops the rows of later steps and a row that was cut short, before a training goes on.

    Args:
        folder: Of the run.
        step: The last one to keep, from 1; 0 keeps nothing.
    """
    for path in sorted(folder.glob("epoch-*.parquet")):
        if _first_step(path) > step:  # a checkpoint ends a file, so the others are kept whole
            path.unlink()
    for path in sorted(folder.glob("*.csv")):
        kept = path.with_name(f".{path.name}.part")
        with path.open("rb") as old, kept.open("wb") as new:
            new.writelines(_rows_until(old, step))
        os.replace(kept, path)


def _first_step(path: Path) -> int:
    import pyarrow.parquet

    return int(pyarrow.parquet.read_table(path, columns=["step"])["step"][0].as_py())


def _rows_until(lines: Iterable[bytes], step: int) -> Iterable[bytes]:
    for number, line in enumerate(lines):
        if number and (not line.endswith(b"\n") or int(line.split(b",", 2)[1]) > step):
            return
        yield line


def _quoted(values: Sequence[Any]) -> list[str]:
    """Writes names so that a row stays one line, which `_rows_until` counts on."""
    return ['"' + table_cell(visible(value)).replace('"', '""') + '"' for value in values]
