import logging
from pathlib import Path
from typing import Any

import fsspec
import pyarrow
import pytest
from pyarrow.parquet import write_table

from boxwright.cluster.parquet_pictures import pictures_of_tables
from boxwright.errors import DataError

IMAGE = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})


def _table(path: Path, columns: dict[str, Any], **options: Any) -> str:
    write_table(pyarrow.table(columns), path, **options)
    return str(path)


def _listed(*places: str) -> list[dict[str, Any]]:
    return [row for table in pictures_of_tables(places) for row in table.to_pylist()]


def test_paths_are_looked_up_from_the_folder_of_the_table(tmp_path: Path) -> None:
    place = _table(tmp_path / "a.parquet", {"path": ["b/c.jpg", "/d.jpg", "s3://e/f.jpg"], "other": [1, 2, 3]})
    assert [(row["path"], row["place"], row["group"]) for row in _listed(place)] == [
        ("b/c.jpg", f"{tmp_path}/b/c.jpg", None),
        ("/d.jpg", "/d.jpg", None),
        ("s3://e/f.jpg", "s3://e/f.jpg", None),
    ]


def test_a_table_behind_an_address_names_files_beside_it(tmp_path: Path) -> None:
    content = Path(_table(tmp_path / "a.parquet", {"path": ["c.jpg"]})).read_bytes()
    fsspec.filesystem("memory").pipe_file("/tables/a.parquet", content)
    assert _listed("memory://tables/a.parquet")[0]["place"] == "memory://tables/c.jpg"


def test_pictures_that_a_table_holds_are_known_by_path_or_row(tmp_path: Path) -> None:
    place = _table(tmp_path / "a.parquet", {"bytes": [b"1", b"2", b"3"]}, row_group_size=2)
    rows = _listed(place)
    assert [row["path"] for row in rows] == [f"{place}#0", f"{place}#1", f"{place}#2"]
    assert [(row["place"], row["group"], row["row"]) for row in rows] == [(place, 0, 0), (place, 0, 1), (place, 1, 0)]
    place = _table(tmp_path / "b.parquet", {"bytes": [b"1", b"2"], "path": ["x.jpg", None]})
    assert [row["path"] for row in _listed(place)] == ["x.jpg", f"{place}#1"]
    image = pyarrow.array([{"bytes": b"1", "path": "x.jpg"}, {"bytes": b"2", "path": None}], IMAGE)
    place = _table(tmp_path / "c.parquet", {"image": image})
    assert [row["path"] for row in _listed(place)] == ["x.jpg", f"{place}#1"]


def test_a_picture_that_is_named_twice_has_one_row(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = _table(tmp_path / "a.parquet", {"path": ["x.jpg", "y.jpg", "x.jpg"]}, row_group_size=2)
    with caplog.at_level(logging.INFO, "boxwright"):
        assert [row["path"] for row in _listed(first)] == ["x.jpg", "y.jpg"]
    assert caplog.messages == ["1 row names a picture that another row names: each gets one row."]


def test_two_pictures_of_one_path_are_refused(tmp_path: Path) -> None:
    place = _table(tmp_path / "a.parquet", {"bytes": [b"1", b"2"], "path": ["x.jpg", "x.jpg"]})
    with pytest.raises(DataError, match=r"two rows have the path 'x\.jpg' and pictures of their own"):
        _listed(place)


def test_a_table_without_rows_has_no_pictures(tmp_path: Path) -> None:
    assert _listed(_table(tmp_path / "a.parquet", {"path": pyarrow.array([], pyarrow.string())})) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"file": ["a.jpg"]}, "has the columns file, of which none is known to hold or name pictures. Call it `bytes`"),
        ({"bytes": ["text"], "image": [b"1"]}, "has the columns bytes, image"),
        ({"path": ["a.jpg", None]}, "row 1 has no path"),
    ],
)
def test_what_a_table_lacks_is_said(columns: dict[str, Any], message: str, tmp_path: Path) -> None:
    place = _table(tmp_path / "a.parquet", columns)
    with pytest.raises(DataError) as refused:
        _listed(place)
    assert message in str(refused.value)
    assert place in str(refused.value)


def test_what_is_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"nothing")
    for name in ("a.parquet", "lost.parquet"):
        with pytest.raises(DataError, match=f"{name} cannot be read as Parquet"):
            _listed(str(tmp_path / name))


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    """In a folder of tables each names files beside itself."""
    places = []
    for name in "ab":
        (tmp_path / name).mkdir()
        places.append(_table(tmp_path / name / "t.parquet", {"path": ["x.jpg", "x.jpg"]}))
    assert len(_listed(places[0])) == 1
    with pytest.raises(DataError, match=r"b/t.parquet: two rows have the path 'x.jpg' of different files \("):
        _listed(*places)


@pytest.mark.parametrize("kind", [pyarrow.large_binary(), pyarrow.binary_view(), pyarrow.binary(2)])
def test_bytes_of_every_kind_are_pictures(kind: pyarrow.DataType, tmp_path: Path) -> None:
    place = _table(tmp_path / "a.parquet", {"bytes": pyarrow.array([b"ab"], kind)})
    assert [row["path"] for row in _listed(place)] == [f"{place}#0"]


@pytest.mark.parametrize(
    "paths",
    [
        pyarrow.array([b"\xc3\xa4.jpg"]),
        pyarrow.array(["ä.jpg"], pyarrow.large_string()),
        pyarrow.array(["ä.jpg"]).dictionary_encode(),
    ],
)
def test_paths_of_every_kind_are_texts(paths: pyarrow.Array, tmp_path: Path) -> None:
    assert _listed(_table(tmp_path / "a.parquet", {"path": paths}))[0]["path"] == "ä.jpg"


@pytest.mark.parametrize("paths", [[["a.jpg"]], [b"\xff.jpg"], [2.5], [{"a": "b"}]])
def test_other_paths_are_refused(paths: list[Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a path is a text in UTF-8"):
        _listed(_table(tmp_path / "a.parquet", {"path": paths}))


def test_a_column_that_is_there_twice_is_none(tmp_path: Path) -> None:
    for name in ("bytes", "image", "path"):
        table = pyarrow.Table.from_arrays([pyarrow.array(["a"])] * 2, names=[name] * 2)
        write_table(table, tmp_path / "a.parquet")
        with pytest.raises(DataError, match=f"has the columns {name}, {name}"):
            _listed(str(tmp_path / "a.parquet"))
