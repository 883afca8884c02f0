import pytest

from boxwright.errors import DataError
from boxwright.foreign_weights.pickle_values import (
    DEEPEST,
    LARGEST_PLAIN,
    MOST_PARTS,
    Container,
    Made,
    Tuple,
    hashing_weight,
    tuple_of,
    weight_of,
)


def test_parts_are_counted_as_often_as_they_occur() -> None:
    pair = tuple_of([1, 2])
    assert (pair.depth, pair.weight) == (1, 3)
    twice = tuple_of([pair, pair, Container(9)])
    assert (twice.depth, twice.weight) == (2, 8)
    assert [weight_of(value) for value in (twice, Container(9), Made("builtins.set", weight=5), "text", None)] == [
        *(8, 9, 5),
        *(1, 1),
    ]


def test_looking_up_takes_as_long_as_a_value_is_deep_and_numbers_that_collide_are_few() -> None:
    size = Made("torch.Size", weight=7)
    values = (size, tuple_of([size, size]), Made("builtins.set", weight=7), Container(9), 3, -LARGEST_PLAIN, True, None)
    assert [hashing_weight(value) for value in values] == [7, 15, 1, 1, 1, 1000, 1, 1]


def test_tuples_have_an_end() -> None:
    with pytest.raises(DataError, match="more than 64 deep"):
        tuple_of([Tuple((), DEEPEST)])
    with pytest.raises(DataError, match=r"a tuple of 1,000,001 parts in parts"):
        tuple_of([Tuple((), 1, MOST_PARTS // 2)] * 2)
