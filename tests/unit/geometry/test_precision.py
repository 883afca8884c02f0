from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.geometry.precision import constant, even_power, even_sigmoid, widen, without_autocast

EXPONENTS = [0.0, 0.3, 0.5, 1.0, 2.0, 2.5, 3.0, 6.0, 7.0, 16.0]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(torch.float16, torch.float32), (torch.bfloat16, torch.float32), (torch.float64, torch.float64)],
)
def test_widen_changes_half_precision_only(given: torch.dtype, wanted: torch.dtype) -> None:
    values = torch.tensor([1.5, -2.0], dtype=given)
    assert widen(values).dtype == wanted
    assert widen(values).tolist() == [1.5, -2.0]


def test_widen_copies_nothing_that_is_wide() -> None:
    values = torch.ones(3)
    assert widen(values) is values


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_power_equals_pow(exponent: float, dtype: torch.dtype) -> None:
    values = torch.cat((torch.tensor([0.0, 1.0]), torch.rand(500, generator=torch.Generator().manual_seed(0)))).to(
        dtype
    )
    torch.testing.assert_close(even_power(values, exponent), values.pow(exponent), rtol=1e-5, atol=0)


def test_power_worked_by_hand() -> None:
    assert even_power(torch.tensor([2.0]), 6.0).item() == 64
    assert even_power(torch.tensor([9.0]), 0.5).item() == 3
    assert even_power(torch.tensor([0.0]), 0.0).item() == 1


def test_sigmoid_equals_sigmoid() -> None:
    values = torch.tensor([-1e4, -100.0, -20.0, -1.0, 0.0, 1.0, 20.0, 100.0, 1e4])
    torch.testing.assert_close(even_sigmoid(values), values.sigmoid(), rtol=1e-6, atol=1e-38)


@pytest.mark.parametrize("function", [even_sigmoid, *(lambda x, e=e: even_power(x, e) for e in EXPONENTS)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_inputs_give_equal_outputs_wherever_they_lie(
    function: Callable[[Tensor], Tensor], dtype: torch.dtype
) -> None:
    """torch.sigmoid and torch.pow fail this for some values: their vector loop and its remainder differ."""
    generator = torch.Generator().manual_seed(0)
    for value in torch.rand(200, generator=generator, dtype=dtype):
        for count in (5, 13, 31, 101):
            results = function(value.repeat(count))
            assert (results == results[0]).all()


@pytest.mark.parametrize("function", [even_sigmoid, lambda x: even_power(x, 0.3), lambda x: even_power(x, 6.0)])
def test_input_is_left_alone(function: Callable[[Tensor], Tensor]) -> None:
    values = torch.tensor([0.25, 0.5])
    function(values)
    assert values.tolist() == [0.25, 0.5]


def test_scores_that_are_compared_are_not_differentiated() -> None:
    assert not even_sigmoid(torch.ones(2, requires_grad=True)).requires_grad


def test_autocast_is_left_alone_where_it_is_off_and_switched_off_where_it_is_on() -> None:
    device, weights = torch.device("cpu"), torch.ones(2, 2)
    with without_autocast(device):
        assert (weights @ weights).dtype == torch.float32
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert (weights @ weights).dtype == torch.bfloat16
        with without_autocast(device):
            assert (weights @ weights).dtype == torch.float32
        assert (weights @ weights).dtype == torch.bfloat16


def test_a_constant_that_was_first_needed_for_inference_serves_a_training() -> None:
    with torch.inference_mode():
        first = constant((0.515625, 2.0), torch.float64, torch.device("cpu"))  # nobody else asks for these numbers
    assert first.tolist() == [0.515625, 2.0]
    assert constant((0.515625, 2.0), torch.float64, torch.device("cpu")) is first
    values = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (values * first).sum().backward()  # an inference tensor cannot be saved for it
    assert values.grad is not None
    assert values.grad.tolist() == [0.515625, 2.0]
