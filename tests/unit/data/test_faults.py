import re
import tempfile
from pathlib import Path

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


def _file_named(message: str) -> Path:
    found = re.search(r"^All [\d,]+ are listed in (\S+)\.$", message, re.M)
    assert found is not None, message
    return Path(found[1])


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_an_error_lists_everything_there_is_a_little_of(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        _errors(20).settle("error")
    message = str(caught.value)
    assert message.startswith("x.json has 20 faults")
    assert message.count("\n  - ") == 20
    assert 'on_bad="skip"' in message
    assert not list(tmp_path.iterdir())


def test_an_error_of_many_faults_is_short_and_names_a_file_with_all() -> None:
    faults = _errors(20_000)
    faults.add("missing-image", "image 7", "a.jpg does not exist")
    with pytest.raises(DataError) as caught:
        faults.settle("error")
    message = str(caught.value)
    assert message.startswith("x.json has 20,001 faults")
    assert message.count("\n") < 20
    assert "… and 19,990 more boxes without a width and a height over 0" in message
    assert "image 7: a.jpg does not exist" in message, "each kind is shown"
    assert 'on_bad="skip"' in message
    lines = _file_named(message).read_text(encoding="utf-8").splitlines()
    assert lines == [str(fault) for fault in faults.faults]


def test_without_room_for_a_file_verify_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(DataError, match="`boxwright verify --json` lists all of them"):
        _errors(57).settle("error")


def test_what_a_file_says_is_cut_where_it_has_no_end() -> None:
    fault = Fault("unknown-class", "x.json", "annotation " + "7" * 10**6, "unknown category " + "9" * 10**6)
    assert len(str(fault)) < 1_500
    assert "characters left out" in fault.message
    assert len(str(fault.where)) < 300


def test_the_log_is_cut_but_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert len(_errors(57).settle("skip")) == 57
    assert "x.json: 57 faults left out" in caplog.text
    assert caplog.text.count("\n  - ") == 20
    assert "… and 37 more" in caplog.text
    assert len(_file_named(caplog.records[0].getMessage()).read_text().splitlines()) == 57


def test_skip_gives_all_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    faults = _errors(1)
    assert faults.settle("skip") == tuple(faults.faults)
    assert "x.json: 1 fault left out" in caplog.text


def test_a_fault_of_the_whole_part_cannot_be_skipped() -> None:
    faults = _errors(3)
    faults.add("box-form-wrong", None, "0 % of the 12 boxes fit")
    with pytest.raises(DataError, match=r"^x\.json: 0 % of the 12 boxes fit; convert them .*\.$"):
        faults.settle("skip")
    with pytest.raises(DataError) as caught:
        faults.settle("error")
    assert "on_bad" not in str(caught.value)


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


def test_names_stay_on_their_line() -> None:
    fault = Fault("bad-value", "a\nb\udcff.json", "image \x1b[2J", "the id must be a number", "correct it")
    assert str(fault) == r"a\nb\udcff.json, image \x1b[2J: the id must be a number; correct it"
    assert fault.text == r"image \x1b[2J: the id must be a number; correct it"
