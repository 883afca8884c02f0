"""Flags and files, and what of them has an effect."""

import pytest

from boxwright.arguments.parser import SettingsParser, UsageError
from boxwright.cli import commands
from boxwright.cli.given_settings import files_first, given_settings
from boxwright.errors import ConfigError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--a", "1", "--config", "x.yaml", "--b=2"], ["--config", "x.yaml", "--a", "1", "--b=2"]),
        (["data", "--config=x.yaml"], ["--config=x.yaml", "data"]),
        (["--config", "x", "--config", "y"], ["--config", "x", "--config", "y"]),
    ],
)
def test_files_come_first(words: list[str], expected: list[str], tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("x.yaml", "x", "y"):
        (tmp_path / name).touch()
    assert files_first(words) == expected


def test_a_flag_before_a_file_wins(tmp_path) -> None:
    (tmp_path / "run.yaml").write_text("epochs: 7\n")
    parser = SettingsParser(prog="x")
    parser.add_argument("--config", action="config")
    parser.add_argument("--epochs", type=int, default=100)
    assert given_settings(parser, ["--epochs", "5", "--config", str(tmp_path / "run.yaml")]) == {"epochs": 5}
    assert given_settings(parser, []) == {}


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
        commands.run_diagnose(["sample:bccd", *flags])


def test_files_have_no_order_of_channels() -> None:
    with pytest.raises(UsageError, match="There is no setting 'channels'"):
        commands.run_predict(["--model", "m.pt", "--source", "images", "--channels", "bgr"])
