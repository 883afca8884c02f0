from typing import NamedTuple

import torch
from torch import Tensor

from boxwright.kernels.forward_only import forward_only


class Halves(NamedTuple):
    low: Tensor
    high: Tensor


@forward_only
def halves(values: Tensor) -> Halves:
    assert torch.is_inference_mode_enabled()
    return Halves(*(values * 2).chunk(2))


@forward_only
def ends(values: Tensor) -> tuple[Tensor, Tensor]:
    return values[:1], values[-1:]


def test_results_keep_their_form_and_may_be_saved_for_a_backward_pass() -> None:
    weight = torch.ones(2, requires_grad=True)
    found = halves(torch.arange(4.0))
    assert isinstance(found, Halves)
    (weight * found.high).sum().backward()  # type: ignore[no-untyped-call]
    assert weight.grad is not None
    assert weight.grad.tolist() == [4, 6]
    found.low.add_(1)
    assert not found.low.is_inference()


def test_what_is_a_view_of_an_input_is_copied() -> None:
    values = torch.arange(4.0)
    first, last = ends(values)
    first.add_(7)
    assert values[0] == 0
    assert last.tolist() == [3]
