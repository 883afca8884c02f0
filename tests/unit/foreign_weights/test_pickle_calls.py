"""A call may not take more memory than the file has."""

import re
from typing import Any

import pytest

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_calls import MOST_LETTERS, CallJudge, require_stateless
from boxwright.foreign_weights.pickle_names import Kind
from boxwright.foreign_weights.pickle_values import Container, Made, Name, tuple_of

REBUILD = "torch._utils._rebuild_tensor_v2"


def _judge(name: str, kind: Kind, *arguments: Any) -> Made:
    return CallJudge().made_by(Name(name), kind, tuple_of(list(arguments)))


def _tensor(numbers: int, offset: Any, shape: Any, strides: Any) -> Made:
    storage = Made("storage", numbers)
    parts = [tuple_of(list(sides)) if isinstance(sides, tuple) else sides for sides in (shape, strides)]
    return _judge(REBUILD, "call", storage, offset, *parts, False, None)


@pytest.mark.parametrize(
    ("numbers", "offset", "shape", "strides"),
    [(12, 0, (3, 4), (4, 1)), (12, 2, (10,), (1,)), (12, 11, (), ()), (0, 0, (0, 4), (4, 1)), (12, 0, (4, 3), (1, 4))],
)
def test_tensors_in_their_storage(numbers: int, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    assert _tensor(numbers, offset, shape, strides) == Made(REBUILD)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(0, (13,), (1,)), (1, (12,), (1,)), (0, (2, 2), (1, 11)), (0, (4, 4), (0, 0)), (12, (), ())],
)
def test_tensors_beyond_their_storage(offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    """Torch makes the storage larger for them."""
    with pytest.raises(DataError, match="claims more numbers than it has, 12"):
        _tensor(12, offset, shape, strides)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [(-1, (1,), (1,)), (0, (-1,), (1,)), (0, (4,), (-1,)), (0, (4,), ()), (0, "x", (1,)), (True, (1,), (1,))],
)
def test_what_is_no_tensor(offset: Any, shape: Any, strides: Any) -> None:
    with pytest.raises(DataError, match="a tensor in it is none"):
        _tensor(12, offset, shape, strides)


def test_no_storage() -> None:
    with pytest.raises(DataError, match="a tensor in it is none"):
        _judge(REBUILD, "call", "text")


@pytest.mark.parametrize(("name", "kind"), [("torch.storage.UntypedStorage", "storage"), ("torch.float32", "value")])
def test_storages_and_types_are_not_called(name: str, kind: Kind) -> None:
    with pytest.raises(DataError, match=f"calls {re.escape(name)}"):
        _judge(name, kind, 10**12)


def test_one_value_is_not_copied_without_end() -> None:
    judge, text = CallJudge(), "a" * (MOST_LETTERS // 2)
    arguments = tuple_of([text, "latin1"])
    judge.made_by(Name("_codecs.encode"), "call", arguments)
    with pytest.raises(DataError, match=r"copies [\d,]+ letters"):
        judge.made_by(Name("_codecs.encode"), "call", arguments)
    judge, many = CallJudge(), tuple_of([Container(400_000)])
    judge.made_by(Name("builtins.set"), "call", many)
    judge.made_by(Name("builtins.set"), "call", many)
    with pytest.raises(DataError, match=r"copies or compares [\d,]+ values"):
        judge.made_by(Name("builtins.set"), "call", many)


def test_what_a_call_makes_weighs_what_it_was_made_of() -> None:
    made = _judge("builtins.set", "call", Container(400_000))
    assert made == Made("builtins.set", weight=400_001)
    assert _judge("_codecs.encode", "call", "abc", "latin1").weight == 6 + len("latin1")
    with pytest.raises(DataError, match="copies"):
        _judge("torch.Size", "call", made, made, made)


def test_large_numbers_are_few_since_they_can_collide() -> None:
    judge = CallJudge()
    for number in range(1000):
        judge.count_key(2**60 + number)
        judge.count_key(number)
    with pytest.raises(DataError, match="compares"):
        judge.count_key(2**60)


def test_a_tensor_has_no_marks() -> None:
    with pytest.raises(DataError, match="a tensor in it is none"):
        _judge(REBUILD, "call", Made("storage", 4), 0, tuple_of([4]), tuple_of([1]), False, None, Container())


def test_keys_are_compared_only_so_often() -> None:
    judge, key = CallJudge(), tuple_of([tuple_of([1] * 600_000)])
    judge.count_key(key)
    with pytest.raises(DataError, match="compares"):
        judge.count_key(key)


@pytest.mark.parametrize("target", [Made(REBUILD), Made("storage"), Container(), None, Made("torch.Size")])
def test_tensors_get_no_state(target: Any) -> None:
    with pytest.raises(DataError, match=r"gives a state to what .* made"):
        require_stateless(target)
    require_stateless(Made("models.Net"))
    require_stateless(Made("collections.OrderedDict"))
