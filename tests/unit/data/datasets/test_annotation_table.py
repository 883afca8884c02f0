import pytest

from boxwright.data.datasets.annotation_table import AnnotationTable, Row


@pytest.fixture
def table() -> AnnotationTable:
    rows: list[Row] = [
        (2, 0.0, 0.0, 1.0, 1.0, 4, True, 1.0),
        (0, 1.0, 2.0, 3.0, 4.0, 1, False, 4.0),
        (2, 5.0, 5.0, 9.0, 9.0, 0, False, 16.0),
    ]
    return AnnotationTable.build(["ä.png", "b.png", "c.png"], [30, 10, 2**40], [(8, 9), (5, 6), (9, 9)], rows)


def test_rows_are_dealt_out_to_images(table: AnnotationTable) -> None:
    assert [len(table.truth(position)) for position in range(3)] == [1, 0, 2]
    assert table.truth(2).labels.tolist() == [4, 0]
    assert table.truth(2).ignore.tolist() == [True, False]
    assert table.truth(2).area.tolist() == [1, 16]


def test_origins(table: AnnotationTable) -> None:
    origins = [table.truth(position).origin for position in range(3)]
    assert [origin.path for origin in origins] == ["ä.png", "b.png", "c.png"]
    assert [origin.image_id for origin in origins] == [30, 10, 2**40]
    assert origins[0].size == (8, 9)


def test_negative_positions_count_from_the_end(table: AnnotationTable) -> None:
    assert table.truth(-1).origin == table.truth(2).origin


@pytest.mark.parametrize("position", [3, -4])
def test_no_such_position(table: AnnotationTable, position: int) -> None:
    with pytest.raises(IndexError, match="3 images"):
        table.truth(position)


def test_no_rows_at_all() -> None:
    table = AnnotationTable.build(["a.png"], [1], [(2, 3)], [])
    assert table.truth(0).boxes.shape == (0, 4)
