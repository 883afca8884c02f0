"""Gradients that wait for a step; what two processes do with them is in test_norm_statistics.py."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from boxwright.training.summed_gradients import gradients_kept, shared_gradients


class _Wrapped(DistributedDataParallel):
    kept = 0

    def __init__(self) -> None:
        nn.Module.__init__(self)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        self.kept += 1
        yield


@pytest.mark.parametrize("is_kept", [True, False])
def test_gradients_travel_only_where_a_step_follows(is_kept: bool) -> None:
    wrapped = _Wrapped()
    with gradients_kept(wrapped, is_kept=is_kept):
        pass
    assert wrapped.kept == is_kept
    with gradients_kept(nn.Linear(1, 1), is_kept=is_kept):
        pass


def test_what_has_no_gradient_is_left_out() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].requires_grad_(False)
    model(model[0].weight).sum().backward()
    assert set(shared_gradients(model)) == {"1.weight", "1.bias"}
