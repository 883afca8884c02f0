import pytest
import torch

from boxwright.errors import DataError
from boxwright.foreign_weights.own_numbers import require_own_numbers


def test_honest_tensors() -> None:
    shared = torch.zeros(1000, dtype=torch.float16)
    require_own_numbers({"a": torch.zeros(()), "b": torch.zeros(0), "c": shared, "d": shared[:500]})


def test_sides_without_numbers() -> None:
    with pytest.raises(DataError, match=r"'a' of \(1000000000000, 0\) has no numbers"):
        require_own_numbers({"a": torch.zeros(10**12, 0)})


def test_a_view_of_few_numbers() -> None:
    with pytest.raises(DataError, match=r"'a' of \(1000000, 1000000\) claims more numbers"):
        require_own_numbers({"a": torch.zeros(1).expand(10**6, 10**6)})


def test_many_names_of_the_same_numbers() -> None:
    one = torch.zeros(10**5, dtype=torch.float16)
    require_own_numbers({f"{place}": one for place in range(100)})
    with pytest.raises(DataError, match=r"its 1,000 tensors take 400,000,000 bytes, many times as large .*\(200,000\)"):
        require_own_numbers({f"{place}": one for place in range(1000)})
