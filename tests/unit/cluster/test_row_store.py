import time
from pathlib import Path

import pyarrow
import pytest
from pyarrow.parquet import read_table, write_table

from boxwright.cluster import row_store
from boxwright.cluster.row_schema import table_of
from boxwright.cluster.row_store import RowStore
from boxwright.errors import ConfigError
from boxwright.prediction.rows import row_of_fault

ORIGIN = {"model": "abc", "settings": {"tta": False, "canvas": None}}


def _rows(*paths: str, error: str | None = None) -> pyarrow.Table:
    return table_of([{**row_of_fault(path, ""), "error": error} for path in paths])


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_rows_are_written_when_they_fill_a_file_and_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    store = RowStore(str(folder), ORIGIN, 3)
    assert not store.add(_rows("a", "b"))
    assert not folder.exists()
    assert store.add(_rows("c", "d"))
    store.add(_rows("e", error="e is broken"))
    store.flush()
    store.flush()
    assert _names(folder) == ["part-000000.parquet", "part-000001.parquet"]
    assert read_table(folder)["path"].to_pylist() == list("abcde")
    assert (store.done, store.faults) == (set("abcde"), {"e": "e is broken"})


def test_a_second_start_goes_on(tmp_path: Path) -> None:
    first = RowStore(str(tmp_path), ORIGIN, 1)
    first.add(_rows("a"))
    first.add(_rows("b", error="b is broken"))
    (tmp_path / ".boxwright-xyz.part").write_bytes(b"half of a file")
    second = RowStore(str(tmp_path), ORIGIN, 1)
    assert (second.done, second.faults) == ({"a", "b"}, {"b": "b is broken"})
    second.add(_rows("c"))
    assert "part-000002.parquet" in _names(tmp_path)


def test_rows_do_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RowStore(str(tmp_path), ORIGIN, 1000)
    assert not store.add(_rows("a"))
    later = time.monotonic() + 61
    monkeypatch.setattr(row_store.time, "monotonic", lambda: later)
    assert store.add(_rows("b"))


def test_two_processes_never_write_the_same_rows(tmp_path: Path) -> None:
    one, other = RowStore(str(tmp_path), ORIGIN, 1), RowStore(str(tmp_path), ORIGIN, 1)
    one.add(_rows("a"))
    with pytest.raises(ConfigError, match=r"another process writes to .*: part-000000\.parquet was written meanwhile"):
        other.add(_rows("a"))
    assert read_table(tmp_path)["path"].to_pylist() == ["a"]


def test_a_source_of_nothing_leaves_a_table_of_no_rows(tmp_path: Path) -> None:
    store = RowStore(str(tmp_path), ORIGIN, 1)
    store.flush(also_empty=True)
    store.flush(also_empty=True)
    assert _names(tmp_path) == ["part-000000.parquet"]
    assert read_table(tmp_path).num_rows == 0


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ({**ORIGIN, "model": "other"}, "was begun with another model"),
        ({**ORIGIN, "settings": {"tta": True, "canvas": None}}, r"another tta \(False, now True\)"),
    ],
)
def test_rows_of_another_model_or_other_settings_do_not_mix(origin: dict, message: str, tmp_path: Path) -> None:
    RowStore(str(tmp_path), ORIGIN, 1).add(_rows("a"))
    with pytest.raises(ConfigError, match=message):
        RowStore(str(tmp_path), origin, 1)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    for number, name in enumerate(["notes.txt", "part-000000.parquet", "part-1.parquet"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_bytes(b"something")
        with pytest.raises(ConfigError, match=f"holds {name}, which is damaged, or no file of rows from boxwright"):
            RowStore(str(folder), ORIGIN, 1)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    write_table(pyarrow.table({"path": ["a"]}), foreign / "part-000000.parquet")
    with pytest.raises(ConfigError, match="which is damaged, or no file of rows from boxwright"):
        RowStore(str(foreign), ORIGIN, 1)


@pytest.mark.parametrize("damage", ["cut", "empty", "pages"])
def test_a_damaged_file_is_named(damage: str, tmp_path: Path) -> None:
    RowStore(str(tmp_path), ORIGIN, 1).add(_rows(*(f"{number}.jpg" for number in range(50))))
    path = tmp_path / "part-000000.parquet"
    content = path.read_bytes()
    pages = content[:4] + b"\xff" * 200 + content[204:]
    path.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "pages": pages}[damage])
    with pytest.raises(ConfigError, match=r"holds part-000000\.parquet, which is damaged, or no file of rows"):
        RowStore(str(tmp_path), ORIGIN, 1)
