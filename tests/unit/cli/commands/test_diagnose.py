"""boxwright diagnose."""

from pathlib import Path

import pytest

from boxwright.cli.commands import diagnose
from boxwright.errors import ConfigError
from boxwright.inspection import RankedObject


@pytest.mark.parametrize(
    "words",
    [
        ["--system", "ssd_tiny", "--system", "yolov5n"],
        ["--system=ssd_tiny", "--system=yolov5n"],
        ["--system", "[ssd_tiny, yolov5n]"],
        ["--system", "ssd_tiny,yolov5n"],
    ],
)
def test_diagnose_compares_systems_however_they_are_named(words: list[str], tmp_path: Path, capsys) -> None:
    page = tmp_path / "page.html"
    assert diagnose.run(["sample:bccd", *words, "--images", "2", "--advice", "false", "--html", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "2 of 60 images" in shown
    assert shown.index("ssd_tiny @ 224") < shown.index("yolov5n @ 640")
    assert page.is_file()


def test_diagnose_shows_the_objects_of_highest_loss(tmp_path: Path, monkeypatch, capsys) -> None:
    """And nothing else, unless a system is named."""
    drawn: list[tuple[object, ...]] = []
    box = (1.0, 2.0, 3.4, 4.0)
    suspect = RankedObject(1, 0.987, 7, "a.png", 0, 0, 0, "RBC", box, 5, 0.0, 3.0, 3.0, {"box": 1.0})
    monkeypatch.setattr("boxwright.inspection.rank_objects", lambda file: [suspect])
    monkeypatch.setattr("boxwright.inspection.losses_sheet", lambda *given: drawn.append(given))
    sheet = str(tmp_path / "sheet.jpg")
    assert diagnose.run(["sample:bccd", "--losses", "runs/train", "--sheet", sheet]) == 0
    shown = capsys.readouterr().out
    assert "  1  0.987  RBC  a.png #0  box 1 2 3 4\n" in shown
    assert "positive" not in shown
    ((ranking, data, path),) = drawn
    assert (ranking, len(data), path) == ([suspect], 60, sheet)
    words = ["sample:bccd", "--losses", "runs/train", "--sheet", sheet, "--system", "yolov5n", "--advice", "false"]
    assert diagnose.run(words) == 0
    assert "have no positive with yolov5n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--sheet", "x.jpg"], "sheet is where the objects of --losses are drawn"),
        (["--losses", "runs/x", "--fail_above", "0.1"], "fail_above: only for a diagnosis"),
        (["--losses", "runs/x", "--checkpoint", "m.pt", "--html=p.html"], "checkpoint, html: only for a diagnosis"),
        (["--least_gain", "0.2", "--advice", "false"], "least_gain is for advice, which is off"),
    ],
)
def test_settings_of_a_diagnosis_that_change_nothing(flags: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        diagnose.run(["sample:bccd", *flags])
