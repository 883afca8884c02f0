import pytest

from boxwright.data.datasets.fault_list import FaultList
from boxwright.errors import DataError


def test_nothing_wrong() -> None:
    assert FaultList("x.json").settle("error") == ()


def test_long_lists_are_cut_but_counted() -> None:
    faults = FaultList("x.json", [f"fault {number}" for number in range(57)])
    with pytest.raises(DataError) as caught:
        faults.settle("error")
    message = str(caught.value)
    assert message.startswith("x.json has 57 faults")
    assert "… and 37 more" in message
    assert message.count("\n  - ") == 20


def test_skip_gives_all_messages_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    faults = FaultList("x.json")
    faults.add("image 3: gone")
    assert faults.settle("skip") == ("image 3: gone",)
    assert "x.json: 1 fault left out" in caplog.text
