"""What a process that measures says, and how it may end."""

import json
from dataclasses import asdict

import pytest

from boxwright.benchmarking.own_process import answered
from boxwright.errors import BoxwrightError, ConfigError, MissingExtraError
from tests.unit.benchmarking.rows import row


def test_the_last_line_counts() -> None:
    found = row(warnings=("slow",))
    assert answered("m", 0, f"a library says\n\n{json.dumps(asdict(found))}\n", "") == found


@pytest.mark.parametrize("error", [ConfigError, MissingExtraError, MemoryError])
def test_an_error_there_is_an_error_here(error: type[Exception]) -> None:
    said = json.dumps({"error": error.__name__, "message": "canvas: what to do"})
    with pytest.raises(error, match="canvas: what to do"):
        answered("m", 0, said, "")


def test_a_process_that_was_ended_names_the_model_and_a_cure() -> None:
    with pytest.raises(BoxwrightError, match=r"best\.onnx: .* ended by SIGKILL\. .*smaller batch_size or canvas"):
        answered("best.onnx", -9, "", "")


def test_a_fault_there_shows_what_it_said() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)best\.onnx: .* with 1\.\nTraceback"):
        answered("best.onnx", 1, "", "Traceback\n")
