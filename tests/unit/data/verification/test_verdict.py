import json

import pytest

from boxwright.data import open_dataset
from boxwright.data.faults import Fault
from boxwright.data.formats.table_dataset import TableDataset
from boxwright.data.verification.statistics import statistics_of
from boxwright.data.verification.verdict import Verdict

ERROR = Fault("box-empty", "x.json", "annotation 1", "bbox [0, 0, 0, 0]")
WARNING = Fault("box-double", "x.json", "annotation 2 and annotation 3", "cat boxed twice")
NOTE = Fault("odd-name", "a b.png", None, "the name has spaces")


@pytest.mark.parametrize(
    ("faults", "code", "word"),
    [
        ([], 0, "clean"),
        ([NOTE], 0, "clean"),
        ([WARNING, NOTE], 1, "warnings"),
        ([WARNING, ERROR], 2, "errors"),
    ],
)
def test_exit_code(faults: list[Fault], code: int, word: str) -> None:
    verdict = Verdict.of("x", {}, faults)
    assert verdict.exit_code == code
    assert verdict.to_dict()["verdict"] == word


def test_errors_come_first_and_kinds_together() -> None:
    other = Fault("box-empty", "y.json", "annotation 9", "bbox [1, 1, 0, 0]")
    verdict = Verdict.of("x", {}, [NOTE, ERROR, WARNING, other])
    assert verdict.faults == (ERROR, other, WARNING, NOTE)
    assert verdict.counts == {"error": 2, "warning": 1, "note": 1}


def test_text_shortens_every_list_and_says_what_has_the_rest() -> None:
    many = [Fault("box-empty", "x.json", f"annotation {number}", "bbox") for number in range(50)]
    notes = [Fault("odd-name", f"{number} .png", None, "the name has spaces") for number in range(50)]
    text = Verdict.of("data", {}, [*many, WARNING, *notes]).text()
    assert all(f"annotation {number}:" in text for number in range(20))
    assert "annotation 20:" not in text
    assert "… and 30 more; --json lists them" in text
    assert str(WARNING) in text
    assert "50 × boxes without a width and a height over 0 [box-empty]" in text
    assert "… and 47 more; --json lists them" in text
    assert len(Verdict.of("data", {}, [*many, WARNING, *notes]).to_dict()["faults"]) == 101
    assert text.endswith("data: 50 errors, 1 warning, 50 notes; 0 usable images, 0 objects.")


def test_classes_are_shortened_too() -> None:
    bccd = open_dataset("sample:bccd", "val")
    table = bccd.table  # type: ignore[attr-defined]
    many = TableDataset(tuple(f"class {number}" for number in range(1_000)), tuple(range(1_000)), table)
    text = Verdict.of("data", {"val": statistics_of(many, (320, 320))}, []).text()
    assert "class 39: 0 in 0 images  … and 960 more; --json lists them" in text
    assert "class 40:" not in text


def test_statistics_are_shown_and_in_the_json() -> None:
    parts = {"val": statistics_of(open_dataset("sample:bccd", "val"), (320, 320))}
    verdict = Verdict.of("sample:bccd", parts, [NOTE])
    text = verdict.text()
    assert "val: 20 images (0 without objects), 277 objects, 0 ignored regions" in text
    assert "box side at 320×320" in text
    content = json.loads(json.dumps(verdict.to_dict()))
    assert content["parts"]["val"]["objects"] == 277
    assert content["faults"] == [NOTE.as_dict()]
    assert content["kinds"] == {"odd-name": 1}
