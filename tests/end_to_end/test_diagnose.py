"""The command in a process of its own: verdicts, files, wrong usage."""

import json
from pathlib import Path

import pytest

from boxwright.inspection import diagnose

FAST = ("--canvas", 64, "--workers", 0)


@pytest.mark.parametrize(("limit", "code"), [(("--fail-above", 0.9), 0), (("--fail-above", 0.0), 1), ((), 0)])
def test_the_exit_code_says_whether_it_is_over_the_threshold(boxwright, tiny_data: Path, limit, code: int) -> None:
    """Objects are 14 to 28 pixels; anchors fitted to a canvas of 640 by a ratio of 1.1 fit few of them."""
    strict = ("--system_options.anchor_threshold", 1.1)
    ended = boxwright("diagnose", tiny_data, "--system", "yolov5n", *strict, *FAST, "--advice", "false", *limit)
    assert (ended.returncode, ended.stderr) == (code, "")
    assert "16 targets" in ended.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere",), "There is no "),
        (("sample:bccd", "--system", "yolov88"), "yolov8"),
        (("sample:bccd", "--canvas", 65), "multiples of 32"),
        (("sample:bccd", "--fail-abov", 0.5), "Did you mean 'fail_above'?"),
        ((), "required: data"),
    ],
)
def test_errors_are_2(boxwright, words: tuple[object, ...], message: str) -> None:
    ended = boxwright("diagnose", *words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


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
