from boxwright.data.faults import FaultList
from boxwright.data.formats.repeats import say_repeats


def test_repeats_are_counted() -> None:
    faults = FaultList("x")
    say_repeats(["a", "b", "a", "c", "b", "a"], faults)
    (fault,) = faults.faults
    assert (fault.code, fault.severity) == ("listed-again", "warning")
    assert fault.message == "2 images listed several times, 3 repeats in all (first: a, 3 times)"


def test_no_repeats() -> None:
    faults = FaultList("x")
    say_repeats(["a", "b"], faults)
    assert faults.faults == []
