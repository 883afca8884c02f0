import pytest

from boxwright.data.faults import Fault, FaultList
from boxwright.errors import DataError


def _errors(count: int) -> FaultList:
    faults = FaultList("x.json")
    for number in range(count):
        faults.add("box-empty", f"annotation {number}", "bbox [1, 1, 0, 4] needs a width and a height over 0")
    return faults


def test_nothing_wrong() -> None:
    assert FaultList("x.json").settle("error") == ()


def test_a_fault_says_what_where_and_what_to_do() -> None:
    fault = Fault("box-empty", "x.json", "annotation 3", "bbox [1, 1, 0, 4] needs a width and a height over 0")
    assert fault.severity == "error"
    assert str(fault) == (
        "x.json, annotation 3: bbox [1, 1, 0, 4] needs a width and a height over 0; redraw or remove the box"
    )
    assert fault.as_dict() == {
        "code": "box-empty",
        "severity": "error",
        "file": "x.json",
        "where": "annotation 3",
        "message": "bbox [1, 1, 0, 4] needs a width and a height over 0",
        "cure": "redraw or remove the box",
    }


def test_an_unknown_kind_is_a_mistake_of_the_reader() -> None:
    with pytest.raises(KeyError):
        Fault("box-empt", "x.json", None, "")


def test_an_error_lists_everything() -> None:
    with pytest.raises(DataError) as caught:
        _errors(57).settle("error")
    message = str(caught.value)
    assert message.startswith("x.json has 57 faults")
    assert message.count("\n  - ") == 57
    assert 'on_bad="skip"' in message


def test_the_log_is_cut_but_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert len(_errors(57).settle("skip")) == 57
    assert "x.json: 57 faults left out" in caplog.text
    assert caplog.text.count("\n  - ") == 20
    assert "… and 37 more" in caplog.text


def test_skip_gives_all_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    faults = _errors(1)
    assert faults.settle("skip") == tuple(faults.faults)
    assert "x.json: 1 fault left out" in caplog.text


def test_warnings_do_not_stop_and_are_logged_by_kind(caplog: pytest.LogCaptureFixture) -> None:
    faults = FaultList("x.json")
    for number in range(3):
        faults.add("box-clipped", f"annotation {number}", "bbox [0, 0, 9, 9]")
    assert len(faults.settle("error")) == 3
    assert caplog.text.count("x.json: 3 × boxes that reach over the edge") == 1
    assert "annotation 0" in caplog.text


def test_a_fault_of_another_file_names_it() -> None:
    faults = FaultList("data")
    faults.add("missing-tag", "object 2", "no <name>", file="data/Annotations/a.xml")
    with pytest.raises(DataError, match=r"data has 1 fault:\n  - data/Annotations/a\.xml, object 2: no <name>"):
        faults.settle("error")
