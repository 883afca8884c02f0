"""From a dirty data set to a verdict, and to a training that stops or goes on without what is bad."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.clean_data import write_clean
from tests.end_to_end.tiny_data import write_tiny_data

from boxwright.cli.main import main

Ended = tuple[int, str, str]


@pytest.fixture
def verified(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs `boxwright verify` in this process; gives exit code, output and errors."""

    def run(*words: object) -> Ended:
        code = main(["verify", *(str(word) for word in words)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    """Three faults in two parts: an empty image and an empty box in train, a cut image in val."""
    root = write_tiny_data(tmp_path / "data")
    (root / "train/2.png").write_bytes(b"")
    image = root / "val/3.png"
    image.write_bytes(image.read_bytes()[:100])
    path = root / "annotations/instances_train.json"
    document = json.loads(path.read_text())
    document["annotations"][0]["bbox"][2] = 0
    path.write_text(json.dumps(document))
    return root


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda root: None, 0),
        (lambda root: (root / "val/1.png").write_bytes((root / "train/1.png").read_bytes()), 1),
        (lambda root: (root / "train/1.png").unlink(), 2),
    ],
)
@pytest.mark.paints
def test_exit_code_and_json(verified, spoil, code: int, tmp_path: Path) -> None:
    root = write_tiny_data(tmp_path / "data", train=2, val=1)
    spoil(root)
    ended, printed, errors = verified(root, "--json", "--sheet", tmp_path / "sheet.png", "--canvas", "64")
    assert (ended, errors) == (code, "")
    report = json.loads(printed)
    assert report["exit_code"] == code
    assert report["parts"]["train"]["canvas"] == [64, 64]
    assert (tmp_path / "sheet.png").is_file()


def test_text_lists_every_fault_with_its_cure(verified, dirty: Path) -> None:
    code, printed, _ = verified("--data", dirty, "--sheet", "null")
    assert code == 2
    assert "train/2.png: the file has no bytes; restore the file or remove the entry" in printed
    assert "val/3.png: the PNG file is cut off: its end is missing; copy the file again" in printed
    assert "instances_train.json, annotation 1: " in printed
    assert "3 errors" in printed.splitlines()[-1]


def test_a_wrong_setting_is_not_a_verdict(verified) -> None:
    code, printed, errors = verified("sample:bcd")
    assert (code, printed) == (2, "")
    assert "Did you mean 'bccd'?" in errors


def test_an_error_stops_before_the_first_step_with_the_whole_list(boxwright, dirty: Path, tmp_path: Path) -> None:
    words = ("train", "--data", dirty, "--canvas", 64, "--epochs", 1, "--workers", 0, "--output", tmp_path / "runs")
    ended = boxwright(*words)
    assert ended.returncode == 1
    for fault in ("train/2.png: the file has no bytes", "annotation 1: ", "val/3.png: the PNG file is cut off"):
        assert fault in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_skip_drops_counts_and_lists(boxwright, dirty: Path, tmp_path: Path) -> None:
    ended = boxwright(
        *("train", "--data", dirty, "--canvas", 64, "--epochs", 1, "--batch_size", 4, "--workers", 1),
        *("--output", tmp_path / "runs", "--on_bad", "skip"),
    )
    assert ended.returncode == 0, ended.stderr
    assert "7 images to train on, 2 to measure on" in ended.stdout
    assert "3 faults are left out, listed in skipped.txt" in ended.stdout
    listed = (tmp_path / "runs/train/skipped.txt").read_text().splitlines()
    assert len(listed) == 3
    assert any("annotation 1: " in line for line in listed)
    assert any("train/2.png: the file has no bytes" in line for line in listed)
    assert any("val/3.png" in line for line in listed)


@pytest.mark.slow
def test_a_worker_that_meets_a_bad_image_names_the_file(boxwright, dirty: Path, tmp_path: Path) -> None:
    """Without the check, and with damage that only decoding finds."""
    image = dirty / "train/4.png"
    content = bytearray(image.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 500] = bytes(500)
    image.write_bytes(content)
    words = ("train", "--data", dirty, "--canvas", 64, "--epochs", 1, "--workers", 2, "--on-bad", "skip")
    ended = boxwright(*words, "--output", tmp_path / "runs")
    assert ended.returncode == 1
    assert "train/4.png: " in ended.stderr
    assert "Traceback" not in ended.stderr
    found = boxwright(*words, "--output", tmp_path / "checked", "--check_images", "full")
    assert found.returncode == 0, found.stderr
    assert "train/4.png" in (tmp_path / "checked/train/skipped.txt").read_text()


@pytest.mark.parametrize("layout", ["coco", "voc", "yolo"])
def test_every_format_is_verified_by_one_command(verified, layout: str, tmp_path: Path) -> None:
    code, printed, _ = verified(write_clean(tmp_path / "data", layout), "--sheet", "null")
    assert code == 0, printed
    assert "0 errors, 0 warnings, 0 notes; 5 usable images, 10 objects." in printed
