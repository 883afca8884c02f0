"""A value, and whether its setting takes it."""

from collections.abc import Sequence
from typing import Any, Literal

import pytest

from boxwright.arguments.asked import Asked, load


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        (int, "3", True),
        (int, "many", False),
        (int, None, False),
        (int | None, None, True),
        (Any, None, True),
        (dict[str, Any], {}, True),
        (dict[str, Any], None, False),
        (dict[str, Any], [1], False),
        (Literal["32", "bf16"], 32, False),
        (Sequence[int], [1, "a"], False),
        (tuple[int, int] | None, [1, 2], True),
    ],
)
def test_the_parser_is_asked_whether_a_value_fits(kind: Any, value: object, fits: bool) -> None:
    assert Asked("place", kind, value).fits() == fits


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (int | tuple[int, int], "x", "a.yaml: place must be int or [int,int]; found 'x'."),
        (int | Literal["auto"] | None, "x", "a.yaml: place must be int or auto or null; found 'x'."),
        (int | Literal["auto"], "atuo", "a.yaml: place must be int or auto; found 'atuo'. Did you mean 'auto'?"),
        (Literal["linear", "cosine"], "linaer", "a.yaml: place cannot be 'linaer'. Did you mean 'linear'? Valid: "),
        (Literal["32", "bf16"], 32, "a.yaml: place cannot be '32'. It is a word: put it in quotes. Valid: 32, bf16."),
    ],
)
def test_a_misfit_says_what_is_wanted(kind: Any, value: object, message: str) -> None:
    assert str(Asked("place", kind, value, "a.yaml: ").misfit()).startswith(message)


def test_texts_stay_as_they_are_written() -> None:
    assert Asked("place", str | None, "010", is_typed=True).text == "010"
    assert Asked("place", str | list[str], ["no"]).text == ["no"]
    assert Asked("place", int, "010", is_typed=True).text is ...


def test_dictionaries_are_read_here() -> None:
    assert Asked("place", dict[str, Any], "{a: '1'}", is_typed=True).entries == {"a": "1"}
    assert Asked("place", dict[str, Any], {"a": "1"}).is_ours
    assert Asked("place.a", Any, "1", is_typed=True).is_ours
    assert not Asked("place", dict[str, Any], "[1]", is_typed=True).is_ours
    assert not Asked("place", str, "{a: 1}", is_typed=True).is_ours


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("null", None), ("~", "~"), ("#a", "#a"), ("{a:", "{a:")])
def test_what_is_nothing_to_yaml_may_be_a_name(text: str, value: object) -> None:
    assert load(text) == value
