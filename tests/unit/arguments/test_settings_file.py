"""A file holds settings, each once."""

from pathlib import Path
from typing import Literal

import pytest

from boxwright.arguments.settings_file import read_settings, text_of
from boxwright.arguments.usage_error import UsageError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epochs: 5\nseed: 0\nepochs: 100\n", "epochs stands in line 1 and in line 3. Keep one."),
        ("optimization:\n  lr: 1\n  lr: 2\n", "lr stands in line 2 and in line 3"),
        ("optimization:\n  lr: 1\noptimization:\n  momentum: 0.9\n", "optimization stands in line 1 and in line 3"),
        ("{seed: 0, system_options: {anchors: [{a: 1,\na: 2}]}}", "a stands in line 1 and in line 2"),
    ],
)
def test_a_setting_that_stands_twice_is_an_error(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"run.yaml: {message}"):
        read_settings(text, {}, "run.yaml")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"epochs: 5\noptimization: {lr: 1}\n", {"epochs": 5, "optimization": {"lr": 1}}),
        (b"a: &x [1, yes]\nc: *x\n", {"a": [1, True], "c": [1, True]}),
        (b"", {}),
        (b"# none\n", {}),
        (b"{}", {}),
        (b"\xef\xbb\xbfepochs: 3\n", {"epochs": 3}),
        (b"data:\n", {"data": None}),
        (b"name: 2024-13-40\n", {"name": "2024-13-40"}),
        (b"epochs: 3\r\ndata: 1e5\r\n", {"epochs": 3, "data": "1e5"}),
    ],
)
def test_files_as_editors_write_them_are_read(content: bytes, found: object, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(content)
    text, values = read_settings(text_of(str(tmp_path / "run.yaml")), {"name": str, "data": str | None}, "run.yaml")
    assert values == found
    assert text.startswith("{")
    assert read_settings(text, {}, "run.yaml")[1] == found


def test_words_are_read_as_they_are_written() -> None:
    """To YAML off and no are truth values."""
    kinds = {"a": Literal["fit", "off"], "c": Literal["yes", "no"] | None, "b": bool | Literal["auto"]}
    text, values = read_settings("a: off\nc: no\nb: no\n", kinds, "run.yaml")
    assert values == {"a": "off", "c": "no", "b": False}
    assert read_settings(text, {}, "run.yaml")[1] == values


def test_dictionaries_are_not_handed_on() -> None:
    text, values = read_settings("a: {b: 1}\nc: 2", {"a": dict[str, int], "c": int}, "run.yaml")
    assert text == "{c: 2}\n"
    assert values == {"a": {"b": 1}, "c": 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1\n", "run.yaml, line 2 is no YAML"),
        (b"epochs: 1\n\tseed: 2\n", "run.yaml, line 2 is no YAML"),
        (b"- 1\n", "run.yaml is no list of settings. Write lines such as"),
        (b"a: &x [*x]", "run.yaml: something holds itself"),
        (b"a: 1\nb: [!!python/name:os.system ]", "run.yaml, line 2: tag.*os.system is not read"),
        (b"!!set {a, b}", "run.yaml, line 1: tag.*set is not read"),
        (b"a: 1\n? [b]\n: 1", "run.yaml, line 2: a list cannot be a name"),
        (b"a: " + b"9" * 5000, "run.yaml is no YAML: Exceeds the limit"),
        (b"[" * 5000, "run.yaml.* is no YAML"),
        (b"hello", "run.yaml is no list of settings"),
        ("epochs: 5".encode("utf-16"), "run.yaml is not UTF-8 .*Save it as UTF-8"),
    ],
)
def test_a_file_without_settings_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_settings(text_of(str(tmp_path / "run.yaml")), {}, "run.yaml")


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere.yaml", "nowhere.yaml' is not there"), (".", "'.' is no file"), ("", "'' is no file")],
)
def test_a_file_that_is_none_is_named(name: str, message: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"config: .*{message}"):
        text_of(name)
