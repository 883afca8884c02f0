"""Words of a command line."""

from pathlib import Path

import pytest

from boxwright.arguments.parser import SettingsParser, UsageError
from boxwright.cli.words import gathered, require_once, with_truth, with_underscores, without_data


def test_checkpoints_of_any_name(monkeypatch, tmp_path: Path) -> None:
    assert gathered(["--checkpoint", "a,b", "--checkpoint=[c, d]"], "--checkpoint", of_paths=True) == [
        '--checkpoint=["a,b", "c", "d"]'
    ]
    (tmp_path / "[c, d]").touch()
    monkeypatch.chdir(tmp_path)
    assert gathered(["--checkpoint=[c, d]"], "--checkpoint", of_paths=True) == ['--checkpoint=["[c, d]"]']


def test_values_of_one_flag_are_gathered() -> None:
    words = ["a", "--system", "x", "--seed=1", "--system=[y, z]"]
    assert gathered(words, "--system") == ["a", "--seed=1", '--system=["x", "y", "z"]']
    assert gathered(["a"], "--system") == ["a"]


def test_hyphens_become_underscores_in_flags_only() -> None:
    assert with_underscores(["--on-bad", "a-b", "--val-seed=1-2"]) == ["--on_bad", "a-b", "--val_seed=1-2"]


def test_data_may_be_named_by_a_flag() -> None:
    assert without_data(["--data", "x", "--seed", "1"]) == without_data(["--data=x", "--seed", "1"])


def test_a_switch_alone_is_true() -> None:
    parser = SettingsParser(prog="test")
    parser.add_argument("--masks", type=bool, default=False)
    assert with_truth(parser, ["--masks", "--other"]) == ["--masks=true", "--other"]
    assert with_truth(parser, ["--masks", "False"]) == ["--masks", "False"]


@pytest.mark.parametrize(
    "words",
    [
        ["--source", "a", "--source", "b"],
        ["--source=a", "--source", "b"],
        ["--o.lr=1", "--o.lr=2"],
        ["--m", "--m=false"],
    ],
)
def test_a_flag_with_two_values_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError, match=r"is given twice: .* Keep one"):
        require_once(words)


def test_flags_may_be_repeated_word_for_word() -> None:
    require_once(["--source", "a", "--seed", "1", "--source=a"])
    require_once([])
    require_once(["--config", "x", "--config", "y", "--save+=a", "--save+=b"])
