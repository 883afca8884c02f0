import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow.parquet import write_table

from boxwright.cluster.parquet_pictures import pictures_of_tables
from boxwright.cluster.picture_reader import READ, read_pictures
from boxwright.cluster.work import left_to_do, work_table
from boxwright.errors import DataError


def _read(work: pyarrow.Table) -> list[tuple[str, bytes | None, str | None]]:
    tables = list(read_pictures(work))
    assert all(table.schema == READ for table in tables)
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def test_files_are_read_as_they_are_and_faults_stay_with_their_file(tmp_path: Path, picture_file: Callable) -> None:
    content = picture_file(tmp_path / "a.png")
    lost, folder = str(tmp_path / "lost.png"), str(tmp_path)
    found = _read(work_table(["a", "b", "c", "d"], [str(tmp_path / "a.png"), lost, folder, "nokind://x"]))
    assert found[:3] == [("a", content, None), ("b", None, "No such file or directory"), ("c", None, "Is a directory")]
    assert found[3][:2] == ("d", None)
    assert "nokind" in str(found[3][2])


def test_more_files_than_are_read_at_once_stay_in_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    names = [str(number) for number in range(70)]
    assert [row[0] for row in _read(work_table(names, [str(tmp_path / "a")] * 70))] == names


@pytest.mark.parametrize("is_struct", [False, True])
def test_of_a_table_the_rows_that_are_wanted_are_read(is_struct: bool, tmp_path: Path) -> None:
    held = [str(number).encode() for number in range(80)]
    held[41] = None
    column = {"image": [{"bytes": each, "path": None} for each in held]} if is_struct else {"bytes": held}
    place = tmp_path / "a.parquet"
    write_table(pyarrow.table(column), place, row_group_size=50)
    every = pictures_of_tables([str(place)])
    done = {path for table in every for path in table["path"].to_pylist()} - {
        f"{place}#{row}" for row in (1, 40, 41, 79)
    }
    found = [row for table in left_to_do(every, done) for row in _read(table)]
    assert found == [
        (f"{place}#1", b"1", None), (f"{place}#40", b"40", None), (f"{place}#41", None, None),
        (f"{place}#79", b"79", None),
    ]  # fmt: skip


def test_a_damaged_table_is_an_error_of_its_own(tmp_path: Path) -> None:
    place = tmp_path / "a.parquet"
    write_table(pyarrow.table({"bytes": [bytes(range(200)) * 20]}), place, compression="zstd")
    (work,) = pictures_of_tables([str(place)])
    content = bytearray(place.read_bytes())
    content[20:120] = b"\xff" * 100
    place.write_bytes(content)
    with pytest.raises(DataError, match="row group 0 cannot be read"):
        _read(work)


def test_readers_load_nothing_of_torch() -> None:
    program = "import sys, boxwright.cluster.picture_reader; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
