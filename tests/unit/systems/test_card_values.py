from pathlib import Path
from typing import Any

import pytest
import torch

from boxwright.errors import DataError
from boxwright.systems.card_values import plain_card


def _endless() -> list[Any]:
    inner: list[Any] = []
    inner.append(inner)
    return inner


def _doubled() -> list[Any]:
    value: list[Any] = [1]
    for _ in range(40):
        value = [value, value]
    return value


def test_all_but_the_weights() -> None:
    card = {"system": "x", "options": {"a": (1, [2.0, None, True])}}
    assert plain_card(card | {"weights": {"a": torch.zeros(1)}}, Path("m.pt")) == card


@pytest.mark.parametrize("value", [_endless(), _doubled()], ids=["in itself", "doubled"])
def test_a_card_without_end(value: Any) -> None:
    with pytest.raises(DataError, match=r"m\.pt: the card in it has no end"):
        plain_card({"options": value}, Path("m.pt"))


def test_what_is_no_plain_value() -> None:
    with pytest.raises(DataError, match="holds a Tensor, no plain value"):
        plain_card({"options": {"a": torch.zeros(1)}}, Path("m.pt"))
