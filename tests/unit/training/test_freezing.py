"""Freezing by prefix."""

import pytest
from torch import nn

from boxwright.errors import ConfigError
from boxwright.training.freezing import freeze, held_parameters, hold_frozen_norms


def _network() -> nn.Module:
    stages = nn.ModuleList([nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)) for _ in range(11)])
    return nn.ModuleDict({"backbone": nn.ModuleDict({"stages": stages}), "head": nn.Conv2d(1, 1, 1)})


def test_freezes_everything_below_the_prefix() -> None:
    network = _network()
    assert freeze(network, ["backbone"]) == 44
    assert [name for name, value in network.named_parameters() if value.requires_grad] == ["head.weight", "head.bias"]


def test_a_prefix_matches_whole_parts_only() -> None:
    network = _network()
    assert freeze(network, ["backbone.stages.1"]) == 4  # not stage 10
    assert network["backbone"]["stages"][10][0].weight.requires_grad


def test_a_prefix_given_twice_counts_once() -> None:
    assert freeze(_network(), ["head", "head."]) == 2


def test_an_unknown_prefix_names_the_nearest() -> None:
    with pytest.raises(
        ConfigError, match=r"'backbon'. Did you mean 'backbone'\? The network begins with: backbone, head"
    ):
        freeze(_network(), ["backbon"])


def test_frozen_norms_keep_their_statistics() -> None:
    network = _network()
    freeze(network, ["backbone.stages.0"])
    network.train()
    hold_frozen_norms(network)
    stages = network["backbone"]["stages"]
    assert not stages[0][1].training
    assert stages[1][1].training


def test_something_must_be_left_to_train() -> None:
    with pytest.raises(ConfigError, match="backbone, head is the whole network, so nothing is left to train"):
        freeze(_network(), ["backbone", "head"])
    assert freeze(_network(), []) == 0


def test_what_is_held_at_first_keeps_its_gradients() -> None:
    network = _network()
    held = held_parameters(network, ["backbone"])
    assert len(held) == 44
    assert freeze(network, ["backbone"], only_at_first=True) == 44
    assert all(value.requires_grad for value in network.parameters())
    network.train()
    hold_frozen_norms(network, held)
    assert not network["backbone"]["stages"][0][1].training
    with pytest.raises(ConfigError, match="Did you mean 'backbone'"):
        freeze(network, ["backbon"], only_at_first=True)
