"""boxwright inspect."""

from pathlib import Path

import pytest

from boxwright.cli.commands import inspect


def test_inspect_says_what_it_shows_and_where(tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    words = ["sample:bccd", "--system", "yolov5n", "--system", "ssd_tiny", "--canvas", "224", "--images", "2"]
    inspect.run([*words, "--title", "cells", "--output", str(page)])
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(" objects in 2 images under yolov5n, ssd_tiny.")
    assert second == f"Open {page} in a browser; it needs no network."
    assert "<title>cells</title>" in page.read_text()


@pytest.mark.parametrize("images", ["BloodImage_00017.jpg", "[BloodImage_00017.jpg, BloodImage_00030.jpg]"])
def test_inspect_takes_images_by_name(images: str, monkeypatch) -> None:
    asked: list[object] = []

    def record(**settings: object) -> None:
        asked.append(settings["images"])
        raise KeyboardInterrupt

    monkeypatch.setattr("boxwright.inspection.inspect", record)
    with pytest.raises(KeyboardInterrupt):
        inspect.run(["sample:bccd", "--images", images])
    assert asked in (["BloodImage_00017.jpg"], [["BloodImage_00017.jpg", "BloodImage_00030.jpg"]])


def test_inspect_takes_several_checkpoints(monkeypatch) -> None:
    asked: list[object] = []

    def record(**settings: object) -> None:
        asked.append((settings["source"], settings["checkpoint"], settings["system"]))
        raise KeyboardInterrupt

    monkeypatch.setattr("boxwright.inspection.inspect", record)
    words = ["--data", "sample:bccd", "--checkpoint", "a", "--checkpoint=b,c", "--system", "yolov8n,ssd_tiny"]
    with pytest.raises(KeyboardInterrupt):
        inspect.run(words)
    assert asked == [("sample:bccd", ["a", "b,c"], ["yolov8n", "ssd_tiny"])]
