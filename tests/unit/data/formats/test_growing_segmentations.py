import numpy as np
import pytest

from boxwright.data.formats import growing_segmentations
from boxwright.data.formats.growing_segmentations import GrowingSegmentations
from boxwright.data.formats.segmentations import Segmentation, Segmentations

SIZE = (10, 12)
SQUARE, OTHER = [2.0, 1.0, 6.0, 1.0, 6.0, 5.0, 2.0, 5.0], [4.25, 3.1, 9.0, 3.0, 9.0, 8.0]
ENTRIES: list[Segmentation] = [
    [SQUARE, OTHER],
    {"size": list(SIZE), "counts": [15, 4, 101]},
    None,
    [np.array(OTHER)],
    (OTHER,),
    {"size": list(SIZE), "counts": "?4U3"},
]
ARRAYS = ("rings", "ring_points", "points", "texts", "text")


def _equal(one: Segmentations, other: Segmentations) -> bool:
    pairs = [(getattr(one, name), getattr(other, name)) for name in ARRAYS]
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() and a.shape == b.shape for a, b in pairs)


@pytest.mark.parametrize("numbers", [1, 9, 10**6])
def test_however_many_wait_the_arrays_are_the_same(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_segmentations, "_NUMBERS", numbers)
    growing = GrowingSegmentations()
    for entry in ENTRIES:
        growing.add(entry)
    growing.extend(Segmentations.from_raw(ENTRIES[:2]))
    growing.repeat(1, 4)
    growing.add(ENTRIES[0])
    assert len(growing) == 12
    expected = Segmentations.from_raw([*ENTRIES, *ENTRIES[:2], *ENTRIES[1:4], ENTRIES[0]])
    assert _equal(growing.finished(), expected)


def test_nothing() -> None:
    growing = GrowingSegmentations()
    growing.extend(Segmentations.from_raw([]))
    growing.repeat(0, 0)
    assert _equal(growing.finished(), Segmentations.from_raw([]))
