"""Errors that name the nearest right setting or value."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field, make_dataclass
from typing import Any, Literal

import pytest
import yaml

from boxwright.arguments.parser import SettingsParser
from boxwright.arguments.usage_error import UsageError


@dataclass(frozen=True)
class Group:
    """A group.

    Args:
        lr: A number.
        schedule: A choice.
    """

    lr: float | None = None
    schedule: Literal["linear", "cosine"] | None = None


@dataclass(frozen=True)
class Settings:
    """Some settings.

    Args:
        epochs: A count.
        canvas: One or two.
        ids: Several.
        precision: A choice that looks like a number.
        group: A group.
    """

    epochs: int = 1
    canvas: int | tuple[int, int] | None = None
    ids: Sequence[int] | None = None
    precision: Literal["32", "bf16"] = "32"
    group: Group = field(default_factory=Group)


@dataclass(frozen=True)
class Placed:
    """Some settings without defaults.

    Args:
        source: From where.
        to: Where to.
    """

    source: str
    _: KW_ONLY
    to: str


@pytest.fixture
def parser() -> SettingsParser:
    return SettingsParser(Settings, command="test", about="Tests.")


def test_settings_are_known_by_their_group_and_name(parser: SettingsParser) -> None:
    assert list(parser.settings) == ["epochs", "canvas", "ids", "precision", "group.lr", "group.schedule"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--epohs", "3"], "There is no setting 'epohs'. Did you mean 'epochs'?"),
        (["--epohs=3"], "There is no setting 'epohs'. Did you mean 'epochs'?"),
        (["--group.shedule", "linear"], "There is no setting 'group.shedule'. Did you mean 'group.schedule'?"),
        (["--lr", "3"], "There is no setting 'lr'. Did you mean 'group.lr'?"),
        (["--zzzz", "3"], "There is no setting 'zzzz'. Valid: epochs, canvas, ids, precision, group."),
        (["--epochs", "many"], "epochs must be int; found 'many'."),
        (["--group.lr", "fast"], "group.lr must be float or null; found 'fast'."),
        (["--canvas", "64,64"], "canvas must be int or [int,int] or null; found '64,64'."),
        (["--canvas", "[1, 2, 3]"], "canvas must be int or [int,int] or null; found '[1, 2, 3]'."),
        (["--ids", "7"], "ids must be [int,…] or null; found '7'."),
        (["--ids", "[a]"], "ids must be [int,…] or null; found '[a]'."),
        (["--epochs"], "--epochs needs a value. One that begins with a hyphen is joined to it: --epochs=-1."),
        (["--EPOCHS", "3"], "There is no setting 'EPOCHS'. Did you mean 'epochs'?"),
        (["-epochs", "3"], "'-epochs' is no setting: two hyphens are missing. Write --epochs."),
        (["epochs=3"], "'epochs=3' is no setting: two hyphens are missing. Write --epochs=3."),
        (
            ["--epochs", "3", "p1.jpg", "p2.jpg"],
            "'p1.jpg' belongs to no setting: a setting has a name and one value. Put a pattern such as "
            '"photos/*.jpg" in quotes, and several values in brackets without spaces: [64,96].',
        ),
        (["--group", "5"], "group is a group of settings; found '5'. Give each by its name, for instance group.lr."),
        (
            ["--group", "{lr: 1}}"],
            "group, line 1 is no YAML: expected '<document start>', but found '}'. Write lines such as epochs: 50.",
        ),
        (["--group", "{lr: fast}"], "group.lr must be float or null; found 'fast'."),
        (["--epochs", "&a [*a]"], "epochs must be int; found '&a [*a]'."),
        (["--epochs", "[" * 3000], f"epochs must be int; found '{'[' * 3000}'."),
        (["--config", "{epochs: 5, epochs: 6}"], "config: epochs stands in line 1 and in line 1. Keep one."),
        (["--config", "{epochs}"], "config: epochs must be int; found 'None'."),
        (["--precision", "bf61"], "precision cannot be 'bf61'. Did you mean 'bf16'? Valid: 32, bf16."),
        (
            ["--group.schedule", "linaer"],
            "group.schedule cannot be 'linaer'. Did you mean 'linear'? Valid: linear, cosine.",
        ),
    ],
)
def test_flags(parser: SettingsParser, flags: list[str], expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parser.given(flags)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epochs:", "epochs must be int; found 'None'."),
        ("group: {lr: 2024-13-40}", "group.lr must be float or null; found '2024-13-40'."),
        ("epohs: 3", "There is no setting 'epohs'. Did you mean 'epochs'?"),
        ("group: {shedule: linear}", "There is no setting 'group.shedule'. Did you mean 'group.schedule'?"),
        ("group: 5", "group is a group of settings; found '5'. Give each by its name, for instance group.lr."),
        ("precision: 32", "precision cannot be '32'. It is a word: put it in quotes. Valid: 32, bf16."),
    ],
)
def test_files(parser: SettingsParser, tmp_path, text: str, expected: str) -> None:
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        parser.given(["--config", str(tmp_path / "run.yaml")])
    assert str(caught.value) == f"config: {tmp_path / 'run.yaml'}: {expected}"


@pytest.mark.parametrize("words", [["--epochs", "4", "--config", "run.yaml"], ["--config=run.yaml", "--epochs=4"]])
def test_flags_win_over_files_wherever_they_stand(parser: SettingsParser, words, tmp_path, monkeypatch) -> None:
    (tmp_path / "run.yaml").write_text("epochs: 3\ngroup:\n  lr: 0.5\n")
    monkeypatch.chdir(tmp_path)
    assert parser.given(words) == {"epochs": 4, "group": {"lr": 0.5}}
    read = parser.read(words)
    assert (read["epochs"], read["precision"], read["group"]) == (4, "32", {"lr": 0.5, "schedule": None})


def test_later_files_win_over_earlier_ones(parser: SettingsParser, tmp_path) -> None:
    (tmp_path / "a.yaml").write_text("epochs: 3\ngroup: {lr: 0.5}\n")
    (tmp_path / "b.yaml").write_text("epochs: 5\ngroup: {schedule: cosine}\n")
    words = ["--config", str(tmp_path / "a.yaml"), "--config", str(tmp_path / "b.yaml"), "--config={canvas: 64}"]
    assert parser.given(words) == {"epochs": 5, "group": {"lr": 0.5, "schedule": "cosine"}, "canvas": 64}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--canvas", "[64,96]"], {"canvas": (64, 96)}),
        (["--canvas", "null"], {"canvas": None}),
        (["--ids", "[1,2]"], {"ids": [1, 2]}),
        (["--ids", "[1]", "--ids=[2]"], {"ids": [1, 2]}),
        (["--group.lr", "1"], {"group": {"lr": 1.0}}),
        (["--group.lr", "1e-3"], {"group": {"lr": 0.001}}),
        (["--group.lr", "-1"], {"group": {"lr": -1.0}}),
        (["--group", "{lr: 0.5, schedule: linear}"], {"group": {"lr": 0.5, "schedule": "linear"}}),
        (["--precision", "32"], {"precision": "32"}),
        ([], {}),
    ],
)
def test_values_of_flags(parser: SettingsParser, words: list[str], found: dict[str, object]) -> None:
    assert parser.given(words) == found


def test_values_from_python(parser: SettingsParser) -> None:
    read = parser.of_object({"epochs": "3", "canvas": [64, 96], "precision": "bf16", "group": {"lr": 1}})
    expected = {"epochs": 3, "canvas": (64, 96), "ids": None, "precision": "bf16"}
    assert read == expected | {"group": {"lr": 1.0, "schedule": None}}
    assert isinstance(read["group"]["lr"], float)


@pytest.mark.parametrize("name", ["adamw", "007", "1e3", "on"])
@pytest.mark.parametrize("form", ["flag", "braces", "file", "Python"])
def test_a_text_in_a_group_stays_in_its_group_as_it_was_written(name: str, form: str, tmp_path) -> None:
    group = make_dataclass("Named", [("name", str | None, None), ("size", int, 1)])
    parser = SettingsParser(make_dataclass("Outer", [("named", group, field(default_factory=group))]))
    file = tmp_path / "run.yaml"
    file.write_text(f"named:\n  name: '{name}'\n  size: 2\n")
    words = {
        "flag": [f"--named.name={name}", "--named.size=2"],
        "braces": [f"--named={{name: '{name}', size: 2}}"],
        "file": ["--config", str(file)],
    }
    values = {"named": {"name": name, "size": 2}}
    assert (parser.of_object(values) if form == "Python" else parser.given(words[form])) == values


@pytest.mark.parametrize("word", ["--help", "--print_config", "--print-config"])
def test_help_and_configuration_are_printed_and_nothing_is_done(parser: SettingsParser, word: str, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        parser.given(["--canvas", "[1, 2]", word])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    if word == "--help":
        assert said.startswith("usage: test [options]\n\nTests.\n\n")
        assert "--group.lr LR" in said
        assert "A number. (type: " in said
    else:
        expected = {"epochs": 1, "canvas": [1, 2], "ids": None, "precision": "32"}
        assert yaml.safe_load(said) == expected | {"group": {"lr": None, "schedule": None}}


def test_the_printed_configuration_says_the_same(tmp_path, capsys) -> None:
    kinds = {"data": str | None, "names": str | list[str], "options": dict[str, Any] | None, "to": float | str | None}
    parser = SettingsParser(
        make_dataclass("Flags", [("must", str), *((name, kind, None) for name, kind in kinds.items())])
    )
    words = ["--data=null", "--names=[no, 010]", "--names=~", "--options={a: 'off', b: '1'}", "--to=2024-05-01"]
    with pytest.raises(SystemExit):
        parser.given([*words, "--print_config"])
    (tmp_path / "run.yaml").write_text(capsys.readouterr().out)
    assert parser.given([*words, "--must=010"]) == parser.given(["--config", str(tmp_path / "run.yaml"), "010"])


@pytest.mark.parametrize("flags", [[], ["--options.b=1"], ["--options={b: 1}"]])
def test_what_is_in_quotes_in_a_dictionary_stays_text(tmp_path, flags: list[str]) -> None:
    parser = SettingsParser(make_dataclass("Flags", [("options", dict[str, Any] | None, None)]))
    (tmp_path / "run.yaml").write_text('options: {a: "off", c: {d: "007", e: 1e-3}}')
    found = parser.given(["--config", str(tmp_path / "run.yaml"), *flags])["options"]
    assert found == {"a": "off", "c": {"d": "007", "e": 1e-3}} | ({"b": 1} if flags else {})
    given = {"options": {"a": "off"}}
    assert parser.of_object(given) == given == {"options": {"a": "off"}}


@pytest.mark.parametrize(
    "text", ["9" * 5000, "[" * 3000, "!!python/name:os.system", "{", "a: b: c", "@x", "&a [*a]", "?x: [", "? [a]"]
)
def test_what_is_no_yaml_is_text_in_a_dictionary_too(text: str) -> None:
    parser = SettingsParser(make_dataclass("Flags", [("options", dict[str, Any] | None, None)]))
    assert parser.given([f"--options.a={text}"]) == {"options": {"a": text}}
    with pytest.raises(UsageError, match=r"options must be \{name: value\} or null"):
        parser.given([f"--options={text}"])


@pytest.mark.parametrize("name", ["options", "place", "epochs", "group", "pair"])
@pytest.mark.parametrize(
    "value", ["{class_path: this.s}", "{a: {class_path: this.s}}", "this.s", "[{class_path: this.s}]"]
)
def test_nothing_is_imported_that_a_setting_names(name: str, value: str) -> None:
    kinds = {"options": dict[str, Any] | None, "place": str | None, "epochs": int, "pair": tuple[int, int] | None}
    parser = SettingsParser(
        make_dataclass(
            "Flags",
            [*((each, kind, None) for each, kind in kinds.items()), ("group", Group, field(default_factory=Group))],
        )
    )
    for words in ([f"--{name}={value}"], [f"--config={{{name}: {value}}}"], [f"--{name}.class_path=this.s"]):
        with suppress(UsageError):
            parser.given(words)
    with suppress(UsageError):
        parser.of_object({name: yaml.safe_load(value)})
    assert "this" not in sys.modules


def test_no_flag_is_shown_that_cannot_be_typed(parser: SettingsParser) -> None:
    assert "+" not in parser.format_help()


def test_what_has_no_default_must_be_given() -> None:
    parser = SettingsParser(Placed)
    with pytest.raises(UsageError, match=r"source, to must be given. Type SOURCE, --to …, or put it into --config"):
        parser.read([])
    assert parser.read(["a", "--to", "b"]) == parser.read(["--source=a", "--to=b"]) == {"source": "a", "to": "b"}
    with pytest.raises(UsageError, match="'c' belongs to no setting"):
        parser.read(["a", "c", "--to", "b"])


@pytest.mark.parametrize("number", ["010", "12:30", "1_0", "0x10", "-012", "1:30.5", "0b11"])
@pytest.mark.parametrize("place", ["epochs: {}", "group: {{lr: {}}}", "ids: [1, {}]"])
def test_a_number_that_yaml_reads_otherwise_is_refused(
    parser: SettingsParser, place: str, number: str, tmp_path
) -> None:
    (tmp_path / "run.yaml").write_text(place.format(number))
    with pytest.raises(UsageError, match=rf"run.yaml: {number} is .* to YAML"):
        parser.given(["--config", str(tmp_path / "run.yaml")])
    name, value = place.format(number).split(": ", maxsplit=1)
    with pytest.raises(UsageError, match=rf"{number} is .* to YAML"):
        parser.given([f"--{name}", value])


@pytest.mark.parametrize("number", ["0.1", "1e-3", ".5", "5.", "0", "1.5E+2", "-0.25"])
def test_numbers_as_people_write_them_are_read(parser: SettingsParser, number: str, tmp_path) -> None:
    (tmp_path / "run.yaml").write_text(f"group:\n  lr: {number}")
    for words in (["--config", str(tmp_path / "run.yaml")], ["--group.lr", number]):
        assert parser.given(words)["group"] == {"lr": float(number)}
