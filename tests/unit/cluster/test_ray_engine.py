import pytest

from boxwright.cluster.ray_engine import explained, number_of_actors
from boxwright.errors import BoxwrightError, ConfigError, DataError


@pytest.mark.parametrize(
    ("asked", "device", "resources", "most", "expected"),
    [
        (None, "auto", (8, 2), 1000, (2, True)),
        (None, "cpu", (8, 2), 1000, (7, False)),
        (None, "auto", (8, 0), 1000, (7, False)),
        (None, "auto", (1, 0), 1000, (1, False)),
        (None, "auto", (8, 0), 3, (3, False)),
        (5, "cuda", (8, 2), 1000, (5, True)),
        (3, "auto", (2, 0), 1000, (3, False)),
    ],
)
def test_there_is_an_actor_for_each_device(asked, device, resources, most, expected) -> None:
    assert number_of_actors(asked, device, resources, most) == expected


def test_a_gpu_that_no_machine_has_is_refused() -> None:
    with pytest.raises(ConfigError, match="device is cuda, and the cluster has no GPU"):
        number_of_actors(None, "cuda", (8, 0), 10)


class TravelledError(DataError):
    """As Ray makes it: an error that passes for its cause, with the tracebacks of two processes as its text."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("Traceback (most recent call last):\n  File …")
        self.cause = cause


def test_an_error_of_boxwright_comes_back_as_it_was() -> None:
    fault = DataError("a.onnx: it is damaged.")
    code = RuntimeError("of the user")
    code.__cause__ = fault
    for error in (TravelledError(fault), TravelledError(code), code):
        assert explained(error) is fault


def test_what_is_lost_each_time_is_said_with_the_cure() -> None:
    error = RuntimeError("The actor died.\n\nThe worker was killed by the system.\n")
    error.__context__ = ValueError("another")
    error.__context__.__context__ = error  # goes round
    found = explained(error)
    assert type(found) is BoxwrightError
    assert "given up: The worker was killed by the system. A process that is lost is tried again 3 times" in str(found)
