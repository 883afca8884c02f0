"""boxwright verify."""

from pathlib import Path

import pytest

from boxwright.cli.commands import verify
from boxwright.errors import ConfigError


def test_verify_prints_and_gives_the_exit_code(tmp_path: Path, capsys) -> None:
    sheet = tmp_path / "sheet.png"
    assert verify.run(["sample:bccd", "--canvas", "320", "--sheet", str(sheet)]) in (0, 1)
    shown = capsys.readouterr().out
    assert "train: 60 images" in shown
    assert shown.rstrip().endswith(f"Plots: {sheet}")
    assert verify.run([f"--data={tmp_path / 'nowhere'}", "--json"]) == 2
    assert '"unreadable-annotations"' in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--masks", "nowhere"], ["nowhere", "--masks"], ["--masks=false", "nowhere"]])
def test_a_switch_needs_no_value(words: list[str], capsys) -> None:
    assert verify.run([*words, "--sheet", "null"]) == 2
    assert "Give a data folder" in capsys.readouterr().out


def test_verify_of_an_unknown_sample_is_a_usage_error() -> None:
    with pytest.raises(ConfigError, match="bccd"):
        verify.run(["sample:bcd"])


def test_a_sheet_whose_name_is_taken_has_a_number(squares: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").write_bytes(b"photo")
    for number in (2, 3):
        verify.run([squares, "--canvas", "320", "--sheet", "photo.jpg"])
        printed = capsys.readouterr()
        assert f"photo.jpg is there already; the sheet is photo-{number}.jpg." in printed.err
        assert f"Plots: photo-{number}.jpg" in printed.out
        assert Path(f"photo-{number}.jpg").is_file()
    assert Path("photo.jpg").read_bytes() == b"photo"
