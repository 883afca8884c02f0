"""A file holds settings, each once."""

from importlib import import_module
from pathlib import Path

import pytest

from boxwright.arguments.parser import UsageError
from boxwright.cli import commands
from boxwright.cli.configuration_files import require_settings


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


@pytest.mark.parametrize(
    "content", [b"epochs: 5\noptimization: {lr: 1}\naugmentation: {mosaic: 1}\n", b"", b"# none\n", b"{}"]
)
def test_other_settings_are_left_to_the_parser(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(content)
    require_settings(["--config", str(tmp_path / "run.yaml"), "--config={epochs: 5}"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1\n", "run.yaml, line 2 is no YAML"),
        (b"epochs: 1\n\tseed: 2\n", "run.yaml, line 2 is no YAML"),
        (b"- 1\n", "run.yaml is no list of settings. Write lines such as"),
        (b"hello", "run.yaml is no list of settings"),
        ("epochs: 5".encode("utf-16"), "run.yaml is not UTF-8 .*Save it as UTF-8"),
    ],
)
def test_a_file_without_settings_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        require_settings([f"--config={tmp_path / 'run.yaml'}"])


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere.yaml", "nowhere.yaml' is not there"), (".", "'.' is no file"), ("", "'' is no file")],
)
def test_a_file_that_is_none_is_named(name: str, message: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"config: .*{message}"):
        require_settings(["--config", name])


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbfepochs: 3\n", b"data:\n", b"epochs: 3\r\ndata: 1e5\r\n"])
def test_files_as_editors_write_them_are_read(content: bytes, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "run.yaml").write_bytes(content)
    found: list[dict[str, object]] = []
    monkeypatch.setattr(import_module("boxwright.training.train"), "run_training", found.append)
    commands.run_train(["--config", str(tmp_path / "run.yaml"), "--seed", "1"])
    assert found[0]["seed"] == 1
    assert found[0].get("epochs", 3) == 3
