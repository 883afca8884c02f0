"""What YAML takes for something else: numbers, dates, truth values, nothing, lists, mappings, comments, anchors."""

from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from boxwright.arguments.parser import SettingsParser
from boxwright.arguments.text_settings import is_text, quoted_config
from boxwright.errors import ConfigError

ODD = """2024|2024-05-01|1e5|007|010|0x1F|1_000|.5|.inf|1:30|12:30|true|yes|NO|off|~|[a]|{a}|{a:|#x|&x|*x|!x|@x|%x|>x
'q'|"q"|-x|-|?|null.|1.10|a: b|a #b|{a: 1}|- x|| |a, b|\\d""".replace("\n", "|").split("|")
KINDS = {"str": str, "str | None": str | None, "str | Path | None": str | Path | None, "str | Path": str | Path}


def parser_of(kind: Any) -> SettingsParser:
    parser = SettingsParser(prog="test")
    parser.add_argument("--config", action="config")
    parser.add_argument("--place", type=kind, default="default")
    parser.add_argument("--other", type=int | None, default=3)
    return parser


def read(parser: SettingsParser, *words: str) -> Any:
    found = parser.instantiate(parser.parse_args(list(words)))
    assert found.other == 3
    return found.place


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("text", [text for text in ODD if text])
def test_a_flag_is_text(kind: Any, text: str) -> None:
    assert read(parser_of(kind), f"--place={text}") == text
    if not text.startswith("-"):
        assert read(parser_of(kind), "--place", text) == text
        assert read(parser_of(kind), "--place", "first", "--place", text) == text


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("text", ["2024", "2024-05-01", "1e5", "010", "0x1F", "1:30", "yes", "NO", "1.10", "'~'", "é"])
def test_a_file_says_text(kind: Any, text: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(f"# a remark\nplace: {text}\n", encoding="utf-8")
    for words in (["--config", str(tmp_path / "run.yaml")], [f"--config={tmp_path / 'run.yaml'}"]):
        assert read(parser_of(kind), *words) == text.strip("'")


def test_null_is_no_name() -> None:
    assert read(parser_of(str | None), "--place", "null") is None
    assert read(parser_of(str), "--place", "null") == "null"


@pytest.mark.parametrize("text", ["null", "", "~"])
def test_null_in_a_file_is_no_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(f"place: {text}\nother: 3\n")
    assert read(parser_of(str | None), "--config", str(tmp_path / "run.yaml")) is None


def test_data_is_always_a_name() -> None:
    parser = SettingsParser(prog="test")
    parser.add_argument("--data", type=str | None, default=None)
    assert parser.parse_args(["--data", "null"]).data == "null"
    assert parser.parse_args([]).data is None


def test_names_in_a_list(tmp_path: Path) -> None:
    parser = SettingsParser(prog="test")
    parser.add_argument("--config", action="config")
    parser.add_argument("--systems", type=str | list[str], default=[])
    (tmp_path / "run.yaml").write_text("systems: [2024, no, 010]\n")
    assert parser.parse_args(["--config", str(tmp_path / "run.yaml")]).systems == ["2024", "no", "010"]


def test_other_settings_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("a: 010\nb: &x [1, yes]\nc: *x\nd: {e: 2024-05-01}\n")
    assert yaml.safe_load(quoted_config(str(path), ["a"])[0]) == yaml.safe_load(path.read_text()) | {"a": "010"}


def test_an_empty_file_has_no_settings(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("# nothing\n")
    assert quoted_config(str(tmp_path / "run.yaml"), ["a"]) == ("{}", {})


def test_an_empty_name_is_no_name() -> None:
    with pytest.raises(ConfigError, match="place is empty"):
        read(parser_of(str), "--place=")


@pytest.mark.parametrize("content", [None, "a: [", "- a", "\x00"])
def test_what_is_no_configuration_is_left_to_others(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    if content is not None:
        path.write_text(content)
    assert quoted_config(str(path), ["a"]) == (str(path), {})


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (str | list[str], True),
        (str | Path | list[str | Path], True),
        (int | str, False),
        (list[str], False),
        (Literal["a"], False),
        (dict[str, Any], False),
        (Any, False),
        (None, False),
    ],
)
def test_names_and_paths_are_known_by_their_types(hint: Any, expected: bool) -> None:
    assert is_text(hint) == expected
