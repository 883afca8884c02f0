"""The moving average against its formula."""

import math

import pytest
import torch
from torch import nn

from boxwright.training.ema import WeightAverage


def _network(value: float) -> nn.Module:
    network = nn.BatchNorm1d(2)
    nn.init.constant_(network.weight, value)
    return network


def test_two_updates_by_hand() -> None:
    average = WeightAverage(_network(1.0), decay=0.9, tau=2.0)
    average.update(_network(3.0))
    first = 0.9 * (1 - math.exp(-1 / 2))
    expected = first * 1.0 + (1 - first) * 3.0
    torch.testing.assert_close(average.model.weight, torch.full((2,), expected))
    average.update(_network(5.0))
    second = 0.9 * (1 - math.exp(-2 / 2))
    torch.testing.assert_close(average.model.weight, torch.full((2,), second * expected + (1 - second) * 5.0))


def test_without_a_ramp_the_decay_is_whole_from_the_first_update_on() -> None:
    average = WeightAverage(_network(1.0), decay=0.9, tau=0.0)
    average.update(_network(3.0))
    torch.testing.assert_close(average.model.weight, torch.full((2,), 1.2))


def test_buffers_are_copied() -> None:
    average, network = WeightAverage(_network(1.0)), _network(1.0)
    network.running_mean.fill_(7.0)
    network.num_batches_tracked.fill_(3)
    average.update(network)
    assert average.model.running_mean.tolist() == [7.0, 7.0]
    assert int(average.model.num_batches_tracked) == 3


def test_it_is_a_copy_that_is_never_trained() -> None:
    network = _network(1.0).train()
    average = WeightAverage(network)
    assert not average.model.training
    assert not any(value.requires_grad for value in average.model.parameters())
    nn.init.constant_(network.weight, 9.0)
    assert average.model.weight.tolist() == [1.0, 1.0]


def test_without_decay_it_is_the_network() -> None:
    average = WeightAverage(_network(1.0), decay=0.0)
    average.update(_network(4.0))
    assert average.model.weight.tolist() == [4.0, 4.0]


def test_state_survives_a_file_of_plain_types(tmp_path) -> None:
    average = WeightAverage(_network(1.0), decay=0.9, tau=2.0)
    average.update(_network(3.0))
    torch.save(average.state_dict(), tmp_path / "state")
    other = WeightAverage(_network(0.0), decay=0.9, tau=2.0)
    other.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    assert other.updates == 1
    assert torch.equal(other.model.weight, average.model.weight)


@pytest.mark.parametrize("updates", [1, 10, 100_000])
def test_decay_grows_towards_its_limit(updates: int) -> None:
    average = WeightAverage(_network(1.0), decay=0.9999, tau=2000.0)
    assert average.decay_at(updates) == pytest.approx(0.9999 * (1 - math.exp(-updates / 2000)))
