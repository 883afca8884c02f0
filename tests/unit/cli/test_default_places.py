"""Places for results whose place nobody named."""

from pathlib import Path

import pytest

from boxwright.cli.commands import diagnose, inspect, verify
from boxwright.errors import ConfigError


def test_what_goes_to_the_default_place_is_numbered(squares: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for number in ("", "-2", "-3"):
        verify.run([squares, "--canvas", "320"])
        assert capsys.readouterr().out.rstrip().endswith(f"Plots: runs/verify{number}/statistics.png")
    first = (tmp_path / "runs/verify/statistics.png").read_bytes()
    assert first == (tmp_path / "runs/verify-3/statistics.png").read_bytes()
    for number in ("", "-2"):
        inspect.run([squares, "--canvas", "96", "--images", "1"])
        assert f"Open runs/inspect{number}/inspection.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (inspect, ["sample:bccd", "--output", "photo.jpg"]),
        (diagnose, ["sample:bccd", "--json", "photo.jpg"]),
        (diagnose, ["sample:bccd", "--html", "photo.jpg"]),
    ],
)
def test_a_file_that_is_named_and_there_is_a_usage_error(command, words, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").write_bytes(b"photo")
    with pytest.raises(ConfigError, match=r"photo\.jpg is there already, and nothing is written over"):
        command.run(words)
    assert Path("photo.jpg").read_bytes() == b"photo"
