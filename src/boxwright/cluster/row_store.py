"""Rows on their way into Parquet files, of which each is whole or not there, and no row comes twice."""

import re
import time
from collections.abc import Mapping
from typing import Any

import pyarrow
from pyarrow.parquet import ParquetFile, write_table

from boxwright.bounded_text import listed
from boxwright.cluster.row_folder import RowFolder, row_folder
from boxwright.cluster.row_schema import ROW_SCHEMA, origin_of, with_origin
from boxwright.errors import ConfigError

_PART = re.compile(r"part-([0-9]{6,})\.parquet")
_LONGEST_WAIT = 60.0  # seconds that rows wait for others to fill their file


class RowStore:
    """Takes rows, and writes them as files `part-000000.parquet`, `part-000001.parquet` and so on.

    One process writes, and takes each row once. Two that write to one folder meet at the first number that both want,
    where the second one ends.

    Args:
        folder: A path or an address, not there, empty, or with rows of the same model and settings.
        origin: What the rows come from.
        rows_per_file: After how many a file is written; after a minute it is written with fewer.

    Raises:
        ConfigError: Something else lies in the folder.
    """

    def __init__(self, folder: str, origin: Mapping[str, Any], rows_per_file: int) -> None:
        self.name, self._origin, self._rows_per_file = folder, origin, rows_per_file
        self._folder: RowFolder = row_folder(folder)
        self._waiting: list[pyarrow.Table] = []
        self._since = time.monotonic()
        self.done: set[str] = set()
        self.faults: dict[str, str] = {}
        self._next = 0
        for name in self._folder.names():
            if not name.startswith("."):  # what a killed process left
                self._take_in(name)

    def add(self, rows: pyarrow.Table) -> bool:
        """Takes rows; says whether a file was written.

        Args:
            rows: By `ROW_SCHEMA`.
        """
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(rows.cast(ROW_SCHEMA))
        self._note(rows)
        is_late = time.monotonic() - self._since > _LONGEST_WAIT
        if sum(each.num_rows for each in self._waiting) < self._rows_per_file and not is_late:
            return False
        self.flush()
        return True

    def flush(self, *, also_empty: bool = False) -> None:
        """Writes the rows that wait.

        Args:
            also_empty: Whether a folder without a file gets one of no rows, so that it can be read.

        Raises:
            ConfigError: Another process writes to the folder.
        """
        if not self._waiting and not (also_empty and self._next == 0):
            return
        rows = pyarrow.concat_tables([ROW_SCHEMA.empty_table(), *self._waiting])
        self._waiting = []
        content = pyarrow.BufferOutputStream()
        write_table(with_origin(rows, self._origin), content, compression="zstd")
        name = f"part-{self._next:06d}.parquet"
        try:
            self._folder.write(name, content.getvalue().to_pybytes())
        except ConfigError as taken:
            raise ConfigError(
                f"output: another process writes to {self.name}: {name} was written meanwhile. Let it end, and start "
                "again for what is left."
            ) from taken
        self._next += 1

    def _note(self, rows: pyarrow.Table) -> None:
        paths, errors = rows["path"].to_pylist(), rows["error"].to_pylist()
        self.done.update(paths)
        self.faults.update((path, error) for path, error in zip(paths, errors, strict=True) if error is not None)

    def _take_in(self, name: str) -> None:
        """Looks into a file that is there already."""
        part = _PART.fullmatch(name)
        found = None
        if part is not None:
            with self._folder.open(name) as file:
                found = self._rows_of(file, name)
        if part is None or found is None:
            raise ConfigError(
                f"output: {self.name} holds {name}, which is damaged, or no file of rows from boxwright. Name a folder "
                "that is new or empty, or one that an earlier start has begun."
            )
        self._note(found)
        self._next = max(self._next, int(part[1]) + 1)

    def _rows_of(self, file: Any, name: str) -> pyarrow.Table | None:
        try:
            held = ParquetFile(file)
            origin = origin_of(held.schema_arrow)
            found = None if origin is None else held.read(["path", "error"])
        except (OSError, pyarrow.ArrowException):
            return None
        if origin is None:
            return None
        if origin != self._origin:
            raise ConfigError(
                f"output: {self.name} was begun with another {_difference(origin, self._origin)} ({name}), and rows "
                "would mix. Name another folder, or give the same."
            )
        return found


def _difference(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    if there.get("model") != wanted["model"]:
        return "model"
    before, now = there.get("settings", {}), wanted["settings"]
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return listed([f"{name} ({before.get(name)}, now {now.get(name)})" for name in names])
