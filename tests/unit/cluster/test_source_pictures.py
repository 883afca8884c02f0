from collections.abc import Callable
from pathlib import Path

import fsspec
import pyarrow
import pytest
from pyarrow.parquet import write_table

from boxwright.cluster.source_pictures import pictures_of
from boxwright.errors import ConfigError, DataError
from boxwright.prediction import expand_source


def _paths(source: str, output: str = "") -> list[str]:
    return [path for table in pictures_of(source, output) for path in table["path"].to_pylist()]


def test_a_source_stands_for_what_it_stands_for_in_predict(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos.parent)
    for source in ("photos", "photos/*.png", "photos/0.png", str(photos), "photos/../photos/below"):
        assert _paths(source) == [str((photos.parent / each.path).resolve()) for each in expand_source(source)]
    assert len(_paths("photos")) == 7


def test_tables_are_taken_where_there_are_no_pictures(photos: Path, tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    (tables / "b").mkdir(parents=True)
    for name in ("b/1.parquet", "0.parquet"):
        write_table(pyarrow.table({"path": [f"{name}.jpg"]}), tables / name)
    assert _paths(str(tables)) == ["0.parquet.jpg", "b/1.parquet.jpg"]
    assert _paths(str(tables / "0.parquet")) == ["0.parquet.jpg"]
    assert _paths(str(tables / "*.parquet")) == ["0.parquet.jpg"]
    write_table(pyarrow.table({"label": [1]}), photos / "labels.parquet")
    assert len(_paths(str(photos))) == 7


def test_rows_that_an_earlier_start_left_in_the_source_are_none_of_it(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for place in (tmp_path / "tables", tmp_path / "tables/a_rows"):
        place.mkdir()
        write_table(pyarrow.table({"path": [f"{place.name}.jpg"]}), place / "t.parquet")
        memory.pipe_file(f"/inside/{place.name}/t.parquet", (place / "t.parquet").read_bytes())
    source = str(tmp_path / "tables")
    assert len(_paths(source)) == 2
    for output in (f"{source}/a_rows", f"{source}/a_rows/", f"{source}/../tables/a_rows"):
        assert _paths(source, output) == ["tables.jpg"]
    assert _paths(source, f"{source}/a_row") == _paths(source)
    assert _paths("memory://inside", "memory://inside/a_rows") == ["tables.jpg"]


@pytest.mark.parametrize("name", ["empty", "lost", "none*.jpg"])
def test_nothing_is_said_as_in_predict(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    source = str(tmp_path / name)
    with pytest.raises(DataError) as expected:
        list(expand_source(source))
    with pytest.raises(DataError) as found:
        pictures_of(source)
    assert str(found.value) == str(expected.value)


def test_films_are_refused(photos: Path) -> None:
    (photos / "clip.MP4").touch()
    for source in (str(photos), str(photos / "clip.MP4")):
        with pytest.raises(ConfigError, match=r"clip\.MP4 is a film, and a cluster looks at pictures"):
            pictures_of(source)


def test_a_folder_behind_an_address(tmp_path: Path, picture_file: Callable) -> None:
    memory, content = fsspec.filesystem("memory"), picture_file(tmp_path / "a.png")
    memory.store.clear()
    for name in ("b/1.png", "0.JPG", "notes.txt", ".hidden/2.png", "b/.3.png"):
        memory.pipe_file(f"/photos/{name}", content)
    assert _paths("memory://photos") == ["memory:///photos/0.JPG", "memory:///photos/b/1.png"]
    assert _paths("memory://photos/b/*.png") == ["memory:///photos/b/1.png"]
    assert _paths("memory://photos/notes.txt") == ["memory:///photos/notes.txt"]
    memory.pipe_file("/tables/a.parquet", _table_bytes(tmp_path))
    assert _paths("memory://tables") == _paths("memory://tables/a.parquet") == ["x.jpg"]
    for lost in ("memory://lost", "memory://photos/lost*.png"):
        with pytest.raises(DataError, match="There is no picture behind memory://"):
            pictures_of(lost)
    memory.pipe_file("/photos/clip.mp4", b"")
    with pytest.raises(ConfigError, match=r"clip\.mp4 is a film"):
        pictures_of("memory://photos")


def _table_bytes(folder: Path) -> bytes:
    write_table(pyarrow.table({"path": ["x.jpg"]}), folder / "a.parquet")
    return (folder / "a.parquet").read_bytes()
