import pytest

from boxwright.data.formats.annotation_table import AnnotationTable, Row
from boxwright.data.formats.segmentations import Segmentation, Segmentations
from boxwright.errors import DataError


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


SQUARE = [2.0, 1.0, 6.0, 1.0, 6.0, 5.0, 2.0, 5.0]


def _with_masks(entries: list[Segmentation], *, ignore: bool = False) -> AnnotationTable:
    """A table whose rows come in another order than its images."""
    rows: list[Row] = [(1 - n % 2, 1.5, 2.0, 6.25, 9.0, n, ignore, 4.0) for n in range(len(entries))]
    flat = Segmentations.from_raw(entries)
    return AnnotationTable.build(["a.png", "b.png"], [1, 2], [(12, 10)] * 2, rows, segmentations=flat)


def test_masks_follow_their_rows_to_the_images() -> None:
    table = _with_masks([[SQUARE], [[0.0, 0, 3, 0, 3, 3, 0, 3]], {"size": [12, 10], "counts": [115, 5]}])
    first, second = table.truth(0), table.truth(1)
    assert first.masks is not None
    assert second.masks is not None
    assert (first.labels.tolist(), first.masks.boxes.tolist()) == ([1], [[0, 0, 3, 3]])
    assert (second.labels.tolist(), second.masks.boxes.tolist()) == ([0, 2], [[2, 1, 6, 5], [9, 7, 10, 12]])


def test_nobody_asked_for_masks(table: AnnotationTable) -> None:
    assert table.segmentations is None
    assert table.truth(0).masks is None


@pytest.mark.parametrize(("ignore", "window"), [(True, [1, 2, 7, 9]), (False, [0, 0, 0, 0])])
def test_an_ignored_region_without_a_mask_is_as_large_as_its_box(ignore: bool, window: list[int]) -> None:
    masks = _with_masks([None], ignore=ignore).truth(1).masks
    assert masks is not None
    assert masks.windows.tolist() == [window]


def test_a_mask_that_cannot_be_drawn_names_its_image() -> None:
    table = _with_masks([{"size": [99, 10], "counts": [200, 700]}])
    with pytest.raises(DataError, match=r"^b\.png: a mask cannot be drawn"):
        table.truth(1)


def test_images_that_are_kept_keep_their_objects() -> None:
    table = AnnotationTable.build(
        ["a", "b", "c"],
        [5, 6, 7],
        [(4, 6), (5, 7), (6, 8)],
        [(2, 0, 0, 1, 1, 0, False, 1.0), (0, 0, 0, 2, 2, 1, True, 4.0), (2, 0, 0, 3, 3, 1, False, 9.0)],
        references=[10, 11, 12],
    )
    kept = table.take([1, 2])
    assert len(kept) == 2
    assert (len(kept.truth(0)), kept.truth(0).origin) == (0, table.truth(1).origin)
    assert kept.truth(1).boxes.tolist() == table.truth(2).boxes.tolist()
    assert kept.references.tolist() == [10, 12]
    assert len(table.take([])) == 0
