"""`python -m conformance`: what it prints, what it writes, and how it ends."""

import json
from pathlib import Path

import numpy as np
import pytest

from conformance.__main__ import BAD_ADAPTER, FAILURES, PASS, main
from conformance.adapter import Adapter, BadAdapterError, load_adapter
from conformance.case import Case
from conformance.comparison import fault_of
from conformance.run import run_case, run_cases

EXAMPLE = Path(__file__).parents[2] / "conformance/adapters/numpy_two_sections.py"


def adapter_file(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


def test_the_example_passes_its_two_sections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--adapter", str(EXAMPLE), "--json", str(tmp_path / "out.json")]) == PASS
    printed = capsys.readouterr().out
    record = json.loads((tmp_path / "out.json").read_text())
    assert printed.startswith("an example in numpy\n\nsection ")
    assert record["sections"]["overlaps"]["failed"] == record["sections"]["overlaps"]["skipped"] == 0
    assert record["sections"]["suppression"]["passed"] >= 5
    assert record["sections"]["yolov8"] == {"passed": 0, "failed": 0, "skipped": 15}
    assert {case["outcome"] for case in record["cases"]} == {"passed", "skipped"}


def test_one_section_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--adapter", str(EXAMPLE), "--section", "suppression"]) == PASS
    printed = capsys.readouterr().out
    assert "suppression" in printed
    assert "overlaps" not in printed


def test_a_failure_names_function_case_difference_and_what_to_look_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = adapter_file(tmp_path, "def mask_crop(masks, boxes):\n    return masks\n")
    assert main(["--adapter", path, "--section", "masks"]) == FAILURES
    printed = capsys.readouterr().out
    for part in (
        "masks/mask_crop (float32): mask_crop is wrong",
        "where it should be 0",
        "Look for: One row or column",
    ):
        assert part in printed


def test_an_exception_of_the_implementation_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = adapter_file(tmp_path, "def mask_crop(masks, boxes):\n    raise ValueError('no boxes')\n")
    assert main(["--adapter", path, "--section", "masks"]) == FAILURES
    assert "the call raises ValueError: no boxes" in capsys.readouterr().out


def test_what_is_not_implemented_is_skipped_with_its_reason(tmp_path: Path) -> None:
    path = adapter_file(tmp_path, "def mask_crop(masks, boxes):\n    raise NotImplementedError('one day')\n")
    out = tmp_path / "out.json"
    assert main(["--adapter", path, "--section", "masks", "--json", str(out)]) == PASS
    (found,) = json.loads(out.read_text())["cases"]
    assert (found["outcome"], found["reason"]) == ("skipped", "one day")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", "does not run: SyntaxError"),
        ("import nowhere_at_all", "does not run: ModuleNotFoundError"),
        ("def my_iou(a, b): ...", "offers none of the functions of the suite. These are: atss, bce, "),
        ("def mask_crop(masks): return masks", "is called with boxes, masks, as keywords: "),
        ("def mask_crop(masks, boxes): return {'values': masks}", "mask_crop of mine gives values. It may give"),
        ("def mask_crop(masks, boxes): return {}", "mask_crop of mine gives nothing. It may give"),
        ("PRECISIONS = ('float8',)\ndef mask_crop(masks, boxes): ...", "PRECISIONS of "),
    ],
)
def test_a_bad_adapter_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    assert main(["--adapter", adapter_file(tmp_path, text), "--section", "masks"]) == BAD_ADAPTER
    assert message in capsys.readouterr().err


def test_a_missing_adapter_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--adapter", str(tmp_path / "gone.py")]) == BAD_ADAPTER
    assert "There is no adapter" in capsys.readouterr().err


def test_the_adapter_is_named_and_its_precisions_are_asked(tmp_path: Path) -> None:
    text = "NAME = 'mine'\nPRECISIONS = ('float64', 'float16')\ndef mask_crop(masks, boxes): return masks\n"
    found = load_adapter(Path(adapter_file(tmp_path, text)), ["mask_crop", "iou"])
    assert (found.name, found.precisions, list(found.functions)) == ("mine", ("float64", "float16"), ["mask_crop"])
    with pytest.raises(BadAdapterError, match="offers none"):
        load_adapter(tmp_path / "mine.py", ["iou"])


def case_of(**changes: object) -> Case:
    values = {
        "section": "s",
        "name": "n",
        "function": "f",
        "about": "",
        "source": "",
        "mistake": "",
        "inputs": {"x": np.ones(3, dtype=np.float32), "k": np.arange(3)},
        "parameters": {"p": 2},
        "expected": {"value": np.array([1.0, 2.0, 3.0]), "other": np.zeros(1)},
        "tolerance": {"value": {"float32": {"absolute": 0.1}}, "other": {"float32": {}, "float64": {}}},
    }
    return Case(**(values | changes))  # type: ignore[arg-type]


def test_inputs_come_in_the_precision_asked_for_and_whole_numbers_as_they_are() -> None:
    seen = []
    adapter = Adapter("mine", {"f": lambda **given: seen.append(given) or {"other": np.zeros(1)}}, ("float32",))
    results = run_cases(adapter, [case_of()], ["float32", "float64", "float16"])
    assert [result.precision for result in results] == ["float32"], "float64 has no tolerance in this case"
    assert seen[0]["x"].dtype == np.float32
    assert seen[0]["k"].dtype == np.arange(3).dtype
    assert seen[0]["p"] == 2


def test_inputs_cannot_be_changed_by_the_implementation() -> None:
    def spoil(**given: np.ndarray) -> dict[str, np.ndarray]:
        given["x"][:] = given["k"][:] = 9
        return {"other": np.zeros(1)}

    case = case_of()
    run_case(Adapter("mine", {"f": spoil}, ("float32",)), case, "float32")
    assert (case.inputs["x"] == 1).all()
    assert (case.inputs["k"] == np.arange(3)).all()


def test_an_output_that_is_not_given_is_not_asked_for() -> None:
    adapter = Adapter("mine", {"f": lambda **_: {"value": [1.05, 2, 3]}}, ("float32",))
    assert run_case(adapter, case_of(), "float32").outcome == "passed"


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ([1.0, 2.05, 3.0], None),
        ([1.0, 2.2, 3.0], "is 2.2 where it should be 2, at [1]: off by 0.2, 0.1 allowed (1 of 3 numbers)"),
        ([1.0, np.nan, 3.0], "is nan at [1] (1 of 3 numbers)"),
        ([1.0, 2.0], "has the shape (2,), not (3,)"),
        ("text", "is no array of numbers but of <U4"),
    ],
)
def test_comparing(found: object, fault: str | None) -> None:
    tolerance = {"float32": {"absolute": 0.1}}
    assert fault_of(found, np.array([1.0, 2.0, 3.0]), tolerance, "float32") == fault


def test_where_there_is_a_choice_any_finite_value_passes() -> None:
    wanted, tie = np.zeros(3), np.array([False, True, False])
    assert fault_of([0, 7, 0], wanted, {}, "float32", tie) is None
    assert fault_of([0, np.inf, 0], wanted, {}, "float32", tie) == "is inf at [1] (1 of 3 numbers)"
    assert fault_of([7, 0, 0], wanted, {}, "float32", tie) is not None


def test_tolerances_may_be_relative_and_of_the_largest() -> None:
    wanted = np.array([100.0, 1.0])
    assert fault_of([100.9, 1.0], wanted, {"float32": {"relative": 0.01}}, "float32") is None
    assert fault_of([100.0, 1.9], wanted, {"float32": {"relative": 0.01}}, "float32") is not None
    assert fault_of([100.0, 1.9], wanted, {"float32": {"of_largest": 0.01}}, "float32") is None
    assert fault_of([100.0, 1.9], wanted, {"float64": {"of_largest": 0.01}}, "float32") is not None
