"""Values of another type than a parameter has."""

import re
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any, Literal, get_type_hints

import numpy as np
import pytest
import torch

import boxwright
from boxwright.errors import ConfigError
from boxwright.settings.python_values import require_values

KINDS = {
    "opset": int,
    "overlap": float | None,
    "name": str,
    "output": str | Path | None,
    "sheet": bool,
    "precision": Literal["32", "16"],
    "canvas": int | tuple[int, int] | None,
    "classes": str | int | Sequence[str | int] | None,
    "source": Any,
    "device": torch.device | str,
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opset", np.int64(18)),
        ("overlap", 0),
        ("overlap", np.float32(0.5)),
        ("overlap", None),
        ("output", Path("a")),
        ("name", Path("a")),
        ("sheet", False),
        ("precision", "8"),  # which of them it is, the function looks at
        ("canvas", [64, 96]),
        ("classes", ["cat", 2]),
        ("source", True),
        ("device", torch.device("cpu")),
        ("unknown", object()),
    ],
)
def test_values_of_the_type_pass(name: str, value: object) -> None:
    require_values(KINDS, {name: value})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("opset", "18", "opset is '18'. Give a whole number."),
        ("opset", 18.0, "opset is 18.0. Give a whole number."),
        ("opset", True, "opset is True. Give a whole number."),
        ("opset", None, "opset is None. Give a whole number."),
        ("opset", [18], "opset is [18]. Give a whole number."),
        ("overlap", "x", "overlap is 'x'. Give a number or None."),
        ("name", 2024, "name is 2024. Give a text."),
        ("output", 3, "output is 3. Give a text or a path or None."),
        ("sheet", "no", "sheet is 'no'. Give True or False."),
        ("sheet", 1, "sheet is 1. Give True or False."),
        ("precision", 16, "precision is 16. Give '32' or '16'."),
        ("canvas", "320", "canvas is '320'. Give a whole number or [int,int] or None."),
        ("classes", 0.5, "classes is 0.5. Give a text or a whole number or [str or int,…] or None."),
        ("device", 0, "device is 0. Give device or a text."),
        ("name", ["a"] * 1000, "name is ['a', 'a'"),
    ],
)
def test_values_of_another_type_are_named(name: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        require_values(KINDS, {name: value})
    assert len(str(refused.value)) < 1000


FUNCTIONS = ("anchors", "benchmark", "convert", "diagnose", "evaluate", "export", "inspect", "load", "pack", "predict")
ANYTHING = {"predict": {"source", "save"}, "load": set()}


@pytest.mark.parametrize("function", [*FUNCTIONS, "verify"])
def test_every_public_function_looks_at_every_parameter(function: str) -> None:
    called = getattr(boxwright, function)
    kinds = get_type_hints(called)
    needed = {name for name, each in signature(called).parameters.items() if each.default is each.empty}
    for name in kinds.keys() - {"return"} - ANYTHING.get(function, set()):
        wrong = "x" if kinds[name] is bool else True
        given = {each: "coco" if each == "to" else "nowhere" for each in needed} | {name: wrong}
        with pytest.raises(ConfigError, match=f"^{name}( is |=){wrong!r}"):
            called(**given)
