"""A setting stands once in a file."""

from pathlib import Path

import pytest

from boxwright.arguments import UsageError
from boxwright.cli import commands
from boxwright.cli.configuration_files import require_unique_keys


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs: 5\nseed: 0\nepochs: 100\n", "epochs stands in line 1 and in line 3. Keep one."),
        ("optimization:\n  lr: 1\n  lr: 2\n", "lr stands in line 2 and in line 3"),
        ("optimization:\n  lr: 1\noptimization:\n  momentum: 0.9\n", "optimization stands in line 1 and in line 3"),
        ("{seed: 0, system_options: {anchors: [{a: 1,\na: 2}]}}", "a stands in line 1 and in line 2"),
    ],
)
def test_a_setting_that_stands_twice_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    for words in (["--config", str(path)], ["--seed", "1", f"--config={path}"]):
        with pytest.raises(UsageError, match=f"run.yaml: {message}"):
            commands.run_train(words)


@pytest.mark.parametrize("text", ["epochs: 5\noptimization: {lr: 1}\naugmentation: {mosaic: 1}\n", "", "a: [", "- 1\n"])
def test_anything_else_is_left_to_the_parser(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(text)
    require_unique_keys(["--config", str(tmp_path / "run.yaml"), "--config", "nowhere.yaml", "--config"])
