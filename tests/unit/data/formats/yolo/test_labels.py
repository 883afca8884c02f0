import numpy as np
import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.written_boxes import WrittenBoxes
from boxwright.data.formats.yolo.labels import FORM, LabelledObject, read_labels

SIZE = (40, 80)


def _read(text: str) -> tuple[list[LabelledObject], FaultList]:
    faults = FaultList("data.yaml")
    return list(read_labels(text, SIZE, {0: 0, 7: 1}, "a.txt", faults)), faults


def test_box() -> None:
    (found,), faults = _read("7 0.5 0.5 0.25 0.5\n")
    assert found == LabelledObject(1, 1, (30.0, 10.0, 50.0, 30.0), None)
    assert faults.faults == []


def test_polygon_has_the_box_of_its_points() -> None:
    (found,), _ = _read("0 0.25 0.25 0.75 0.25 0.5 0.75")
    assert found.corners == (20, 10, 60, 30)
    assert found.polygon == [20, 10, 60, 10, 40, 30]


def test_empty_lines_count_as_lines_and_not_as_objects() -> None:
    found, faults = _read("\n0 0.5 0.5 0.1 0.1\n\n  \n0 0.5 0.5 0.2 0.2")
    assert [each.line for each in found] == [2, 5]
    assert faults.faults == []


@pytest.mark.parametrize(
    ("line", "code", "what"),
    [
        ("0 0.5 0.5 0.1", "wrong-columns", "4 columns"),
        ("0 0.5 0.5 0.1 0.1 0.9", "wrong-columns", "looks like a score"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "wrong-columns", "8 columns"),
        ("0 0.5 x 0.1 0.1", "box-not-numbers", "numbers"),
        ("0 0.5 nan 0.1 0.1", "box-not-numbers", "finite"),
        ("0 0.5 inf 0.1 0.1", "box-not-numbers", "finite"),
        ("1 0.5 0.5 0.1 0.1", "unknown-class", "unknown class 1; valid are [0, 7]"),
        ("0.5 0.5 0.5 0.1 0.1", "unknown-class", "unknown class 0.5"),
        ("-1 0.5 0.5 0.1 0.1", "unknown-class", "unknown class -1"),
        ("0 20 10 30 20", "not-normalized", "20 is no fraction"),
        ("0 -0.5 0.5 0.1 0.1", "not-normalized", "-0.5 is no fraction"),
        ("0 0.1 0.1 0.2 0.2 1.3 0.3", "not-normalized", "1.3 is no fraction"),
        ("0 0.5 0.5 0 0.1", "box-empty", "over 0"),
        ("0 0.5 0.5 0.1 -0.1", "box-empty", "over 0"),
        ("0 0.1 0.1 0.2 0.1 0.3 0.1", "box-empty", "over 0"),
    ],
)
def test_bad_line_between_sound_ones(line: str, code: str, what: str) -> None:
    found, faults = _read(f"0 0.5 0.5 0.5 0.5\n{line}\n7 0.5 0.5 0.5 0.5\n")
    assert [each.line for each in found] == [1, 3]
    (fault,) = faults.faults
    assert (fault.code, fault.file, fault.where) == (code, "a.txt", "line 2")
    assert what in fault.message


def test_box_over_the_edge_is_clipped_with_a_warning() -> None:
    (found,), faults = _read("0 0.95 0.5 0.2 0.5")
    assert found.corners == pytest.approx((68, 10, 80, 30))
    assert [fault.code for fault in faults.warnings] == ["box-clipped"]


@pytest.mark.parametrize(
    "line",
    [
        "0,0.5,0.5,0.1,0.1",
        "0, 0.5, 0.5, 0.1, 0.1",
        "0 0.5 0.5 0.1 0.1,",
        "0 0,5 0,5 0,1 0,1",
        "0;0.5;0.5;0.1;0.1",
        "0,0.1,0.1,0.2,0.1,0.2,0.3",
    ],
)
def test_other_signs_between_numbers_have_their_own_cure(line: str) -> None:
    found, faults = _read(line)
    (fault,) = faults.faults
    assert (found, fault.code) == ([], "box-not-numbers")
    assert "separate the numbers with spaces" in fault.cure


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("cat 0.5 0.5 0.1 0.1", "write the number of the class in place of its name"),
        ("cat 0.1 0.1 0.2 0.1 0.2 0.3", "write the number of the class in place of its name"),
        ("class x y w h", "correct or remove the line"),
        ("0 0.5 0.5 0.1 ?", "correct or remove the line"),
    ],
)
def test_words_in_a_line_have_their_own_cure(line: str, cure: str) -> None:
    _, faults = _read(line)
    assert [(fault.code, fault.cure) for fault in faults.faults] == [("box-not-numbers", cure)]


@pytest.mark.parametrize("unit", [(60.0, 40.0), (100.0, 100.0)])
def test_polygons_in_pixels_or_percent_are_said_for_the_whole_part(unit: tuple[float, float]) -> None:
    written, rng = WrittenBoxes(FORM), np.random.default_rng(0)
    points = rng.uniform(0.1, 0.9, (12, 5, 2)) * unit
    text = "\n".join("0 " + " ".join(map(str, row.reshape(-1))) for row in points)
    list(read_labels(text, (40, 60), {0: 0}, "a.txt", FaultList("a.txt"), written))
    odd = written.oddity()
    assert odd is not None
    assert ("in pixels" if unit[0] == 60 else "in percent") in odd.message
