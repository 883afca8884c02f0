import pytest

from boxwright.data.fault_kinds import FAULT_KINDS
from boxwright.data.faults import FaultList
from boxwright.data.formats.annotation_table import AnnotationTable, Row
from boxwright.data.formats.required_masks import ignoring_lack, report_lack
from boxwright.data.formats.segmentations import Segmentation, Segmentations

RING = [[1.0, 1, 5, 1, 5, 5]]


def _table(masks: list[Segmentation], ignored: tuple[bool, ...] = ()) -> AnnotationTable:
    flags = ignored or (False,) * len(masks)
    rows: list[Row] = [(0, 1, 1, 5, 5, 0, flag, 16) for flag in flags]
    return AnnotationTable.build(["a.png"], [1], [(20, 20)], rows, segmentations=Segmentations.from_raw(masks))


def _faults(*codes: str) -> FaultList:
    faults = FaultList("x.json")
    for number, code in enumerate(codes):
        faults.add(code, f"annotation {number}", "wrong")
    return faults


def test_a_part_without_masks_gets_one_sentence() -> None:
    faults = _faults("mask-missing", "box-clipped", "mask-missing")
    report_lack(_table([None, None]), faults, "required")
    assert [fault.code for fault in faults.faults] == ["masks-absent", "box-clipped"]
    assert str(faults.faults[0]).startswith("x.json: no object of 2 has a mask; train a system without -seg, or")
    assert FAULT_KINDS["masks-absent"].is_whole


def test_faulty_masks_are_still_listed() -> None:
    faults = _faults("mask-missing", "polygon-short")
    report_lack(_table([None, None]), faults, "required")
    assert [fault.code for fault in faults.faults] == ["masks-absent", "polygon-short"]
    assert "that can be used" in faults.faults[0].message


@pytest.mark.parametrize(
    ("masks", "ignored"), [([None, RING], (False, False)), ([], ()), ([None], (True,)), ([None, RING], (True, False))]
)
def test_one_mask_or_no_object_that_needs_one_is_no_such_part(
    masks: list[Segmentation], ignored: tuple[bool, ...]
) -> None:
    faults = _faults("mask-missing")
    report_lack(_table(masks, ignored), faults, "required")
    assert [fault.code for fault in faults.faults] == ["mask-missing"]


def test_objects_without_a_mask_become_ignored_regions(caplog: pytest.LogCaptureFixture) -> None:
    table = ignoring_lack(_table([None, RING, None], (False, False, True)), "x.json")
    assert table.ignore.tolist() == [True, False, True]
    assert "x.json: 1 object without a mask is an ignored region now" in caplog.text
    masks = table.truth(0).masks
    assert masks is not None
    assert masks.areas[0] == 16, "as large as its box"


def test_nothing_is_said_where_all_have_masks(caplog: pytest.LogCaptureFixture) -> None:
    table = _table([RING])
    assert ignoring_lack(table, "x.json") is table
    assert not caplog.text
