"""The command: verdicts, files, errors."""

import json
from pathlib import Path

import pytest

from boxwright.inspection import diagnose

FAST = ("--canvas", 64, "--workers", 0)


@pytest.mark.parametrize(("limit", "code"), [(1.0, 0), (0.0, 1)])
def test_the_exit_code_says_whether_it_is_over_the_threshold(
    boxwright, tiny_data: Path, limit: float, code: int
) -> None:
    """Hardly an object is like an anchor by a factor of 1.1."""
    strict = ("--system_options.anchor_threshold", 1.1, "--advice", "false")
    ended = boxwright("diagnose", tiny_data, "--system", "yolov5n", *strict, *FAST, "--fail-above", limit)
    assert (ended.returncode, ended.stderr) == (code, "")
    assert "16 targets" in ended.stdout


def test_data_that_cannot_be_read_are_2(boxwright, tmp_path: Path) -> None:
    ended = boxwright("diagnose", tmp_path / "nowhere", "--fail-above", 0.5)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("boxwright: There is no ")


def test_files_hold_what_the_function_gives(boxwright, tiny_data: Path, tmp_path: Path) -> None:
    """Two systems, one of which looks at predictions; advice included."""
    files = {"json": tmp_path / "out/d.json", "html": tmp_path / "out/d.html"}
    ended = boxwright(
        *("diagnose", tiny_data, "--system", "yolov8n", "--system", "yolov5n", *FAST, "--batch_size", 4),
        *(word for name, path in files.items() for word in (f"--{name}", path)),
    )
    assert ended.returncode == 0, ended.stderr
    found = diagnose(tiny_data, ["yolov8n", "yolov5n"], canvas=64, workers=0, batch_size=4)
    assert json.loads(files["json"].read_text()) == found.to_dict()
    assert files["html"].read_text() == found.html()
    assert ended.stdout.rstrip() == found.text()
