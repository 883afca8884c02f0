"""What is called with a wrong type or shape while tests run fails: of every kind of callable, and of the package."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType

import pytest
import torch
from jaxtyping import TypeCheckError, install_import_hook

from boxwright.geometry.overlaps import pairwise_iou

MODULE = '''
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from jaxtyping import Float
from torch import Tensor

def plain(number: int, *rest: int, name: str = "", **more: int) -> int:
    return number

def gives(value: object) -> int:
    return value

def nothing(value: object) -> None:
    return value

def pairs(one: Float[Tensor, "n 4"], two: Float[Tensor, "n 2"]) -> Float[Tensor, "n"]:
    return one[:, 0] * two[:, 0]

def rows_of(one: Float[Tensor, "n 4"], number: int) -> Float[Tensor, "n"]:
    """Gives another number than it says, if asked."""
    return one[:number, 0]

def other_sizes_within(one: Float[Tensor, "n 4"]) -> Float[Tensor, "n"]:
    pairs(one[:1], one[:1, :2])
    return one[:, 0]

def numbers(count: int) -> Iterator[int]:
    yield from range(count)

def no_iterator(count: int) -> Iterator[int]:
    return [count]

@dataclass(frozen=True)
class Pair:
    one: Float[Tensor, "n 4"]
    two: Float[Tensor, "n 2"]
    parent: "Pair | None" = None

    @classmethod
    def of(cls, one: Float[Tensor, "n 4"]) -> "Pair":
        return cls(one, one[:, :2])

    @staticmethod
    def still(number: int) -> int:
        return number

    @property
    def wrong(self) -> int:
        return "x"

    @property
    def right(self) -> int:
        return 1

    def method(self, number: int, other: "Pair | None" = None) -> int:
        return number

@lru_cache
def cached(number: int) -> int:
    return number
'''
FOUR, TWO = torch.zeros(3, 4), torch.zeros(3, 2)
WRONG: dict[str, Callable[[ModuleType], object]] = {
    "argument": lambda m: m.plain("x"),
    "further argument": lambda m: m.plain(1, "x"),
    "argument by name": lambda m: m.plain(1, name=1),
    "further argument by name": lambda m: m.plain(1, other="x"),
    "result": lambda m: m.gives("x"),
    "result of none": lambda m: m.nothing(1),
    "kind of number": lambda m: m.pairs(FOUR.long(), TWO),
    "no tensor": lambda m: m.pairs([1.0], TWO),
    "axis of a fixed size": lambda m: m.pairs(TWO, TWO),
    "number of axes": lambda m: m.pairs(FOUR[0], TWO),
    "axis of two arguments": lambda m: m.pairs(FOUR, TWO[:2]),
    "axis of argument and result": lambda m: m.rows_of(FOUR, 2),
    "argument of a generator": lambda m: m.numbers("x"),
    "no iterator": lambda m: m.no_iterator(1),
    "field": lambda m: m.Pair(FOUR, "x"),
    "axis of two fields": lambda m: m.Pair(FOUR, TWO[:2]),
    "class method": lambda m: m.Pair.of(TWO),
    "static method": lambda m: m.Pair.still("x"),
    "property": lambda m: m.Pair.of(FOUR).wrong,
    "method": lambda m: m.Pair.of(FOUR).method("x"),
    "method beside a hint of its own class": lambda m: m.Pair.of(FOUR).method("x", m.Pair.of(FOUR)),
    "cached": lambda m: m.cached("x"),
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A module that is imported the way the package is."""
    folder, name = tmp_path_factory.mktemp("modules"), "module_of_wrong_calls"
    (folder / f"{name}.py").write_text(MODULE)
    sys.path.insert(0, str(folder))
    with install_import_hook(name, "beartype.beartype"):
        yield import_module(name)
    sys.path.remove(str(folder))
    del sys.modules[name]


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_call_fails(what: str, checked: ModuleType) -> None:
    with pytest.raises(TypeCheckError, match=r"violate|type hint|Type-check"):
        WRONG[what](checked)


def test_right_calls_give_what_they_give(checked: ModuleType) -> None:
    assert checked.plain(1, 2, name="x", other=3) == 1
    assert list(checked.numbers(3)) == [0, 1, 2]
    assert checked.pairs(FOUR, TWO).shape == (3,)
    assert checked.other_sizes_within(FOUR).shape == (3,)
    pair = checked.Pair.of(FOUR)
    assert (pair.right, pair.still(2), pair.method(3, pair), checked.cached(4)) == (1, 2, 3, 4)
    assert checked.Pair(FOUR, TWO, pair).parent is pair


def test_sizes_are_forgotten_after_a_call_and_after_a_failure(checked: ModuleType) -> None:
    for rows in (3, 2):
        checked.pairs(FOUR[:rows], TWO[:rows])
        with pytest.raises(TypeCheckError, match="violate"):
            checked.pairs(FOUR, TWO[: rows - 1])


def test_the_package_is_checked() -> None:
    with pytest.raises(TypeCheckError, match="violate"):
        pairwise_iou(FOUR, TWO)
    assert pairwise_iou.is_checked  # type: ignore[attr-defined]
