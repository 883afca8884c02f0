"""Rows of objects in CSV and Parquet: whole, appended, and forgotten when a run goes on."""

import csv
import importlib.util
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from boxwright.errors import MissingExtraError
from boxwright.run_files import object_files
from boxwright.run_files.object_files import (
    OBJECT_COLUMNS,
    CsvObjects,
    ParquetObjects,
    forget_after,
    open_object_file,
    require_format,
)

NAMES = [*OBJECT_COLUMNS, "loss_box", "loss_class"]


def _columns(epoch: int, rows: int = 2, image: str = "a.png") -> dict[str, list[Any]]:
    values = (epoch, epoch, 17, image, 4, 1, 0, 'red, "cell"', 1.0, 2.5, 3.123, 4.0, 9, 2.75, 0.25, float("nan"))
    return {name: [value] * rows for name, value in zip(NAMES, values, strict=True)}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_appended_under_one_header(tmp_path: Path) -> None:
    path = tmp_path / "new" / "0.csv"
    for epoch in (1, 2):
        file = CsvObjects(path)  # as when a run goes on
        file.add(_columns(epoch))
        file.finish()
    rows = _read(path)
    assert [row["epoch"] for row in rows] == ["1", "1", "2", "2"]
    assert list(rows[0]) == NAMES
    assert (rows[0]["image"], rows[0]["category"], rows[0]["x2"], rows[0]["loss_box"], rows[0]["loss_class"]) == (
        "a.png",
        'red, "cell"',
        "3.12",
        "0.25",
        "nan",
    )


def test_every_row_is_on_the_disk_at_once(tmp_path: Path) -> None:
    """Nothing is held back that a killed process would take with it."""
    file = CsvObjects(tmp_path / "0.csv")
    for number in range(1, 4):
        file.add(_columns(1))
        assert len(_read(tmp_path / "0.csv")) == 2 * number


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    file = ParquetObjects(tmp_path, 0)
    for epoch in (1, 2):
        file.add(_columns(epoch))
        file.add(_columns(epoch, rows=1))
        assert len(list(tmp_path.iterdir())) == epoch - 1, "a file appears when its epoch is complete"
        file.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-0001-0-000.parquet", "epoch-0002-0-000.parquet"]
    table = pyarrow.parquet.read_table(tmp_path)
    assert table.column_names == NAMES
    assert table["epoch"].to_pylist() == [1, 1, 1, 2, 2, 2]
    assert table["category"][0].as_py() == 'red, "cell"'
    assert table["loss_box"][0].as_py() == 0.25


def test_many_rows_are_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_files, "_ROWS_AT_ONCE", 3)
    file = ParquetObjects(tmp_path, 1)
    for _ in range(3):
        file.add(_columns(1))
    file.finish()
    file.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch-0001-1-000.parquet", "epoch-0001-1-001.parquet"]
    assert len(pyarrow.parquet.read_table(tmp_path)) == 6


def test_an_epoch_without_objects_writes_nothing(tmp_path: Path) -> None:
    ParquetObjects(tmp_path, 0).finish()
    assert not list(tmp_path.iterdir())


def test_later_epochs_and_a_torn_row_are_forgotten(tmp_path: Path) -> None:
    for kind in ("csv", "parquet"):
        for rank in (0, 1):
            file = open_object_file(tmp_path, rank, kind)
            for epoch in (1, 2, 3):
                file.add(_columns(epoch))
                file.finish()
    with (tmp_path / "0.csv").open("ab") as torn:
        torn.write(b"3,9,1")
    forget_after(tmp_path, 2)
    for rank in (0, 1):
        assert [row["epoch"] for row in _read(tmp_path / f"{rank}.csv")] == ["1", "1", "2", "2"]
    assert (
        pyarrow.parquet.read_table(sorted(tmp_path.glob("*.parquet")))["epoch"].to_pylist() == [1, 1] * 2 + [2, 2] * 2
    )


def test_a_torn_row_of_a_kept_epoch_is_forgotten_too(tmp_path: Path) -> None:
    CsvObjects(tmp_path / "0.csv").add(_columns(1))
    with (tmp_path / "0.csv").open("ab") as torn:
        torn.write(b"1,9,1")
    forget_after(tmp_path, 1)
    assert len(_read(tmp_path / "0.csv")) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_checkpoint_in_the_middle_of_an_epoch_ends_what_is_kept(tmp_path: Path, kind: Any) -> None:
    file = open_object_file(tmp_path, 0, kind)
    for step in range(1, 6):
        file.add({**_columns(1), "step": [step] * 2})
        if step in (2, 4):
            file.finish()
    file.finish()
    forget_after(tmp_path, 4)
    again = open_object_file(tmp_path, 0, kind)
    again.add({**_columns(1), "step": [5] * 2})
    again.finish()
    if kind == "csv":
        steps = [int(row["step"]) for row in _read(tmp_path / "0.csv")]
    else:
        steps = pyarrow.parquet.read_table(sorted(tmp_path.iterdir())).column("step").to_pylist()
    assert steps == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_nothing_to_forget(tmp_path: Path) -> None:
    forget_after(tmp_path / "not there", 0)


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    require_format("parquet")
    monkeypatch.setattr(object_files, "find_spec", lambda name: None)
    require_format("csv")
    with pytest.raises(MissingExtraError, match=r"Install boxwright\[parquet\], or use csv"):
        require_format("parquet")
    assert importlib.util.find_spec("pyarrow")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_row_stays_one_line_whatever_the_name(tmp_path: Path, kind: Any) -> None:
    for epoch in (1, 2):
        file = open_object_file(tmp_path, 0, kind)
        file.add(_columns(epoch, image="two\nlines \udce9.png"))
        file.finish()
    forget_after(tmp_path, 1)
    if kind == "csv":
        images = [row["image"] for row in _read(tmp_path / "0.csv")]
    else:
        images = pyarrow.parquet.read_table(tmp_path).column("image").to_pylist()
    assert images == [r"two\nlines \udce9.png"] * 2
