from typing import Any

import pytest

from boxwright.data.formats.box_check import Corners, UnsoundError
from boxwright.data.formats.object_mask import object_mask
from boxwright.data.reading_limits import MaskDemand
from boxwright.structures import InstanceMasks

SIZE = (100, 200)
BOX = (20.0, 10.0, 60.0, 50.0)
RING = [20.0, 10.0, 60.0, 10.0, 60.0, 50.0, 20.0, 50.0]


def _judged(found: Any, demand: MaskDemand, box: Corners = BOX, *, is_ignored: bool = False) -> tuple[Any, list[str]]:
    notes: list[str] = []
    mask = object_mask(
        found, box, SIZE, demand, lambda code, text: notes.append(f"{code}: {text}"), shown="a", is_ignored=is_ignored
    )
    return mask, notes


def _run_lengths(ring: list[float]) -> dict[str, Any]:
    (found,) = InstanceMasks.from_polygons([[ring]], SIZE).to_rle()
    return found


def test_masks_that_nobody_wants_are_not_looked_at() -> None:
    assert _judged(object(), "none") == (None, [])


def test_a_faulty_mask_is_refused_where_masks_are_kept() -> None:
    with pytest.raises(UnsoundError, match="0 points"):
        _judged([[]], "kept")


def test_a_faulty_mask_leaves_the_box_where_masks_are_required() -> None:
    assert _judged([[]], "required") == (None, ["polygon-short: a: a ring has 0 points and encloses nothing"])


def test_a_faulty_mask_is_a_note_where_boxes_are_judged() -> None:
    mask, (note,) = _judged([[]], "judged")
    assert mask is None
    assert note == "mask-unused: a: a ring has 0 points and encloses nothing"
    assert _judged([RING, [1, 1]], "judged")[1] == ["mask-unused: a: a ring has 1 point and encloses nothing"]


def test_a_missing_mask() -> None:
    assert _judged(None, "required") == (None, ["mask-missing: a: the object has a box and no mask"])
    assert _judged(None, "required", is_ignored=True) == (None, [])
    assert _judged(None, "kept") == (None, [])
    assert _judged(None, "judged") == (None, [])


@pytest.mark.parametrize("demand", ["judged", "kept", "required"])
@pytest.mark.parametrize("form", ["ring", "run lengths"])
@pytest.mark.parametrize(
    ("box", "iou"),
    [
        ((120.0, 10.0, 160.0, 50.0), "0%"),  # elsewhere
        ((20.0, 10.0, 100.0, 90.0), "25%"),  # corners taken for width and height
        ((30.0, 20.0, 50.0, 40.0), "25%"),  # another scale
        ((40.0, 10.0, 80.0, 50.0), "33%"),  # its centre as its corner
    ],
)
def test_a_box_far_from_its_mask_is_a_warning(demand: MaskDemand, form: str, box: Corners, iou: str) -> None:
    found = [RING] if form == "ring" else _run_lengths(RING)
    mask, (note,) = _judged(found, demand, box)
    assert note.startswith("box-mask: a: the box (")
    assert f"its mask (20, 10, 60, 50) overlap by {iou}" in note
    assert (mask is None) == (demand == "judged")


@pytest.mark.parametrize(
    ("ring", "box"),
    [
        (RING, BOX),
        (RING, (15.0, 8.0, 66.0, 55.0)),  # drawn with a margin
        ([20.0, 10.0, 60.0, 10.0, 20.0, 50.0], BOX),  # a triangle fills half of its box
        ([20.0, 10.0, 23.0, 10.0, 23.0, 13.0], (20.0, 10.0, 25.0, 14.0)),  # few pixels
        ([-90.0, -90.0, 60.0, -90.0, 60.0, 50.0, -90.0, 50.0], (0.0, 0.0, 60.0, 50.0)),  # over the edge
    ],
)
def test_a_box_near_its_mask_is_none(ring: list[float], box: Corners) -> None:
    assert _judged([ring], "kept", box)[1] == []
    assert _judged(_run_lengths(ring), "kept", box)[1] == []


def test_run_lengths_over_whole_columns() -> None:
    whole = _run_lengths([20.0, 0.0, 60.0, 0.0, 60.0, 100.0, 20.0, 100.0])
    assert _judged(whole, "kept", (20.0, 0.0, 60.0, 100.0))[1] == []


def test_ignored_regions_may_lie_apart() -> None:
    assert _judged([RING], "kept", (120.0, 10.0, 160.0, 50.0), is_ignored=True)[1] == []
