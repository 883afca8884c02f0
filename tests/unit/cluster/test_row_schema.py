import io

import pyarrow
import pytest
from pyarrow.parquet import read_table, write_table

from boxwright.cluster.row_schema import ROW_SCHEMA, origin_of, table_of, with_origin
from boxwright.prediction.rows import ROW_COLUMNS, row_of_fault

ROW = {
    "path": "a.jpg", "error": None, "height": 40, "width": 60, "boxes": [[1.0, 2.0, 3.5, 4.25]], "scores": [0.75],
    "labels": [1], "classes": ["Hörse"], "masks": [{"size": [40, 60], "counts": "abc"}],
}  # fmt: skip
EMPTY = {**ROW, "boxes": [], "scores": [], "labels": [], "classes": [], "masks": None}


def test_rows_come_back_as_they_were() -> None:
    rows = [ROW, EMPTY, row_of_fault("b.jpg", "broken")]
    file = io.BytesIO()
    write_table(table_of(rows), file)
    assert read_table(file).to_pylist() == rows
    assert tuple(ROW_SCHEMA.names) == ROW_COLUMNS
    assert table_of([]).schema == ROW_SCHEMA


def test_the_head_says_what_rows_come_from() -> None:
    origin = {"model": "abc", "settings": {"tta": False}}
    assert origin_of(with_origin(table_of([ROW]), origin).schema) == origin
    assert origin_of(ROW_SCHEMA) is None


@pytest.mark.parametrize("head", [b"", b"x", b"1", b"[]", b"{}", b'{"model": 1}', b'{"settings": 3}', b"\xff"])
def test_a_head_of_somebody_else_says_nothing(head: bytes) -> None:
    assert origin_of(ROW_SCHEMA.with_metadata({b"boxwright": head})) is None


@pytest.mark.parametrize("columns", [{"a": ["x"]}, {"path": ["x"]}, {"path": [1], "error": ["x"]}])
def test_other_columns_are_of_somebody_else(columns: dict[str, list[object]]) -> None:
    assert origin_of(with_origin(pyarrow.table(columns), {"model": "abc", "settings": {}}).schema) is None
