"""What YAML takes for something else: numbers, dates, truth values, nothing, lists, mappings, comments, anchors."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field, make_dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from boxwright.arguments.kinds import choices, is_text, kinds_of, takes, takes_texts, typed_text, wanted
from boxwright.arguments.parser import SettingsParser
from boxwright.errors import ConfigError

ODD = """2024|2024-05-01|1e5|007|010|0x1F|1_000|.5|.inf|1:30|12:30|true|yes|NO|off|~|[a]|{a}|{a:|#x|&x|*x|!x|@x|%x|>x
'q'|"q"|-x|-|?|null.|1.10|a: b|a #b|{a: 1}|- x|| |a, b|\\d""".replace("\n", "|").split("|")
KINDS = {"str": str, "str | None": str | None, "str | Path | None": str | Path | None, "str | Path": str | Path}


def parser_of(kind: Any) -> SettingsParser:
    return SettingsParser(make_dataclass("Flags", [("place", kind, "default"), ("other", int | None, 3)]))


def read(kind: Any, *words: str) -> Any:
    found = parser_of(kind).read(list(words))
    assert found["other"] == 3
    return found["place"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("text", [text for text in ODD if text])
def test_a_flag_is_text(kind: Any, text: str) -> None:
    assert read(kind, f"--place={text}") == text
    if not text.startswith("-"):
        assert read(kind, "--place", text) == text


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("text", ["2024", "2024-05-01", "1e5", "010", "0x1F", "1:30", "yes", "NO", "1.10", "'~'", "é"])
def test_a_file_says_text(kind: Any, text: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(f"# a remark\nplace: {text}\n", encoding="utf-8")
    for words in (["--config", str(tmp_path / "run.yaml")], [f"--config={tmp_path / 'run.yaml'}"]):
        assert read(kind, *words) == text.strip("'")


def test_null_is_no_name() -> None:
    assert read(str | None, "--place", "null") is None
    assert read(str, "--place", "null") == "null"


@pytest.mark.parametrize("text", ["null", "", "~"])
def test_null_in_a_file_is_no_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(f"place: {text}\nother: 3\n")
    assert read(str | None, "--config", str(tmp_path / "run.yaml")) is None
    with pytest.raises(ConfigError, match="place must be str; found 'None'"):
        read(str, "--config", str(tmp_path / "run.yaml"))


def test_data_is_always_a_name() -> None:
    parser = SettingsParser(make_dataclass("Flags", [("data", str | None, None)]))
    assert parser.read(["--data", "null"]) == {"data": "null"}
    assert parser.read([]) == {"data": None}


def test_names_in_a_list(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("place: [2024, no, 010]\n")
    for words in (["--config", str(tmp_path / "run.yaml")], ["--place", "[2024, no, 010]"]):
        assert read(str | list[str], *words) == ["2024", "no", "010"]
    assert read(str | list[str], "--place=2024", "--place", "[a]", "--place=a,b") == ["2024", "a", "a,b"]
    assert read(int | list[str] | str, "--place=[a.jpg, 007]") == ["a.jpg", "007"]


def test_a_path_that_is_there_is_no_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kind = str | Path | list[str | Path]
    assert read(kind, "--place=[c, d]") == ["c", "d"]
    (tmp_path / "[c, d]").touch()
    assert read(kind, "--place=[c, d]") == "[c, d]"


def test_an_empty_name_is_no_name() -> None:
    with pytest.raises(ConfigError, match="place is empty"):
        read(str, "--place=")


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (int, "12", 12),
        (float, "3", 3.0),
        (float, "1e-3", 1e-3),
        (bool, "false", False),
        (int | str, "2", 2),
        (int | str, "0,2", "0,2"),
        (float | str | None, "0.2", 0.2),
        (float | str | None, "split.csv", "split.csv"),
        (float | str | None, "2024-05-01", "2024-05-01"),
        (float | str | None, "null", None),
        (Literal["32", "bf16"], "32", "32"),
        (Literal["ram"] | None, "null", None),
        (int | tuple[int, int] | None, "[64, 96]", (64, 96)),
        (tuple[float, ...] | None, "[0.5,1]", (0.5, 1.0)),
        (int | list[str] | str, "a.jpg", "a.jpg"),
        (dict[str, Any], "{a: [1, yes], b: {c: x}}", {"a": [1, True], "b": {"c": "x"}}),
        (Sequence[int] | None, "[1]", [1]),
    ],
)
def test_values_as_their_types_want_them(kind: Any, text: str, found: object) -> None:
    for value in (read(kind, f"--place={text}"), parser_of(kind).of_object({"place": text})["place"]):
        assert value == found
        assert type(value) is type(found)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "1.5"),
        (int, "true"),
        (float, "true"),
        (float, "fast"),
        (bool, "1"),
        (bool, "null"),
        (Literal["a"], "b"),
        (tuple[int, int], "[1]"),
        (tuple[int, int], "1"),
        (Sequence[int], "[a]"),
        (dict[str, Any], "[1]"),
    ],
)
def test_values_of_other_types(kind: Any, text: str) -> None:
    with pytest.raises(ConfigError, match=r"place (must|cannot) be"):
        read(kind, f"--place={text}")


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (str | list[str], True),
        (str | Sequence[str], True),
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


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int | tuple[int, int] | None, "int or [int,int] or null"),
        (tuple[float, ...] | None, "[float,…] or null"),
        (str | Path, "str"),
        (dict[str, Any] | None, "{name: value} or null"),
    ],
)
def test_types_are_named_as_their_values_are_typed(kind: Any, words: str) -> None:
    assert wanted(kind) == words


def test_words_lists_and_dictionaries_are_known_by_their_types() -> None:
    assert choices(Literal["a", "b"] | None) == ["a", "b"]
    assert takes_texts(int | list[str] | str)
    assert not takes_texts(Sequence[int] | None)
    assert takes(dict[str, Any] | None, dict)
    assert not takes(int | str, dict)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (str | None, "null", None),
        (str, "null", "null"),
        (str | list[str], "[010, no]", ["010", "no"]),
        (str | list[str], "[a", "[a"),
        (int | list[str] | str, "[010]", ["010"]),
        (int | list[str] | str, "010", ...),
        (int, "1", ...),
    ],
)
def test_texts_of_flags(kind: Any, text: str, found: object) -> None:
    assert typed_text(kind, text) == found


@dataclass
class Inner:
    lr: float | None = None


@dataclass
class Outer:
    source: str
    _: KW_ONLY
    to: str
    group: Inner = field(default_factory=Inner)


def test_fields_are_settings() -> None:
    assert dict(kinds_of(Outer)) == {"source": str, "to": str, "group.lr": float | None}
