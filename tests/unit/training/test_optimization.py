"""Parameter groups, and the schedule worked out by hand."""

import math
from copy import deepcopy

import pytest
import torch
from torch import nn

from boxwright.errors import ConfigError
from boxwright.training.optimization import (
    IterationSettings,
    Schedule,
    accumulated_batches,
    apply_settings,
    build_optimizer,
    parameter_groups,
    scaled_weight_decay,
    warmup_length,
)


def _network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 1, bias=False))


def _close(found: IterationSettings, lr: float, bias_lr: float, momentum: float, accumulate: int) -> None:
    assert (found.lr, found.bias_lr, found.momentum) == pytest.approx((lr, bias_lr, momentum))
    assert found.accumulate == accumulate


def test_linear_schedule_falls_on_a_line() -> None:
    schedule = Schedule(0.1, 0.01, 0.9, "linear", iterations=100, accumulate=4)
    _close(schedule.at(0), 0.1, 0.1, 0.9, 4)
    _close(schedule.at(50), 0.0505, 0.0505, 0.9, 4)  # halfway between 0.1 and 0.001
    _close(schedule.at(100), 0.001, 0.001, 0.9, 4)


def test_cosine_schedule_falls_on_half_a_cosine() -> None:
    schedule = Schedule(0.1, 0.0, 0.9, "cosine", iterations=100)
    assert schedule.at(25).lr == pytest.approx(0.1 * (1 + math.cos(math.pi / 4)) / 2)
    assert schedule.at(50).lr == pytest.approx(0.05)
    assert schedule.at(100).lr == pytest.approx(0.0, abs=1e-12)


def test_warmup_rises_from_its_start_to_the_curve() -> None:
    schedule = Schedule(
        0.1,
        0.0,
        0.9,
        "linear",
        iterations=100,
        warmup=10,
        warmup_momentum=0.8,
        warmup_bias_lr=0.2,
        accumulate=5,
    )
    _close(schedule.at(0), 0.0, 0.2, 0.8, 1)
    # a half of the way: the curve is at 0.1 * 0.95
    _close(schedule.at(5), 0.0475, 0.2 + (0.095 - 0.2) / 2, 0.85, 3)
    _close(schedule.at(10), 0.09, 0.09, 0.9, 5)


@pytest.mark.parametrize(
    ("epochs", "least", "per_epoch", "total", "expected"),
    [(3.0, 100, 50, 5000, 150), (3.0, 100, 10, 1000, 100), (0.0, 500, 10, 1000, 0), (3.0, 100, 10, 60, 30)],
    ids=["as asked", "at least 100", "off", "at most half"],
)
def test_length_of_the_warmup(epochs: float, least: int, per_epoch: int, total: int, expected: int) -> None:
    assert warmup_length(epochs, least, per_epoch, total) == expected


@pytest.mark.parametrize(("batch", "expected"), [(16, 4), (64, 1), (128, 1), (24, 3), (1, 64)])
def test_accumulation_comes_near_the_nominal_batch(batch: int, expected: int) -> None:
    assert accumulated_batches(64, batch) == expected


def test_weight_decay_follows_the_images_per_step() -> None:
    assert scaled_weight_decay(5e-4, 16, 4, 64) == pytest.approx(5e-4)
    assert scaled_weight_decay(5e-4, 128, 1, 64) == pytest.approx(1e-3)


def test_only_weights_decay() -> None:
    network = _network()
    groups = {group["name"]: group for group in parameter_groups(network, 0.1)}
    assert [id(value) for value in groups["weights"]["params"]] == [id(network[0].weight), id(network[2].weight)]
    assert [id(value) for value in groups["norms"]["params"]] == [id(network[1].weight)]
    assert [id(value) for value in groups["biases"]["params"]] == [id(network[0].bias), id(network[1].bias)]
    assert {name: group["weight_decay"] for name, group in groups.items()} == {"weights": 0.1, "norms": 0, "biases": 0}


def test_frozen_parameters_are_in_no_group() -> None:
    network = _network()
    network[0].requires_grad_(False)
    assert sum(len(group["params"]) for group in parameter_groups(network, 0.1)) == 3


def test_freezing_everything_is_an_error() -> None:
    with pytest.raises(ConfigError, match="Every parameter is frozen"):
        build_optimizer(_network().requires_grad_(False), "sgd", lr=0.1, momentum=0.9, weight_decay=0.0)


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_settings_reach_every_group(kind: str) -> None:
    optimizer = build_optimizer(_network(), kind, lr=0.1, momentum=0.9, weight_decay=0.1)
    apply_settings(optimizer.param_groups, IterationSettings(0.01, 0.05, 0.8, 1))
    assert {group["name"]: group["lr"] for group in optimizer.param_groups} == {
        "weights": 0.01,
        "norms": 0.01,
        "biases": 0.05,
    }
    for group in optimizer.param_groups:
        assert (group["momentum"] if kind == "sgd" else group["betas"][0]) == 0.8


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_adamw_takes_gradients_in_any_layout(layout: torch.memory_format) -> None:
    """Three steps against torch's plain loop, which looks at elements and not at memory."""
    network = nn.Conv2d(6, 8, 3).to(memory_format=torch.channels_last)
    plain_network = deepcopy(network)
    optimizer = build_optimizer(network, "adamw", lr=0.1, momentum=0.9, weight_decay=0.1)
    plain = torch.optim.AdamW(
        parameter_groups(plain_network, 0.1), lr=0.1, betas=(0.9, 0.999), foreach=False, fused=False
    )
    for step in range(3):
        gradient = torch.randn(network.weight.shape, generator=torch.Generator().manual_seed(step))
        for each in (network, plain_network):
            each.weight.grad, each.bias.grad = gradient.contiguous(memory_format=layout), torch.ones(8)
        optimizer.step()
        plain.step()
    for own, expected in zip(network.parameters(), plain_network.parameters(), strict=True):
        torch.testing.assert_close(own, expected, rtol=1e-5, atol=1e-6)


def test_sgd_uses_nesterov_momentum() -> None:
    optimizer = build_optimizer(_network(), "sgd", lr=0.1, momentum=0.9, weight_decay=0.0)
    assert isinstance(optimizer, torch.optim.SGD)
    assert all(group["nesterov"] for group in optimizer.param_groups)


def test_steps_fall_at_the_milestones() -> None:
    """The 1x schedule: a tenth after 8 of 12 epochs, a hundredth after 11."""
    schedule = Schedule(0.01, 0.5, 0.9, "steps", iterations=120, milestones=(8 / 12, 11 / 12))
    found = [schedule.at(iteration).lr for iteration in (0, 79, 80, 109, 110, 119)]
    assert found == pytest.approx([0.01, 0.01, 0.001, 0.001, 0.0001, 0.0001])


def test_the_warm_up_starts_at_a_fraction() -> None:
    """The published warm-up of RetinaNet: from a thousandth on a line over 500 batches."""
    schedule = Schedule(
        0.01, 0.5, 0.9, "steps", iterations=5000, warmup=500, warmup_momentum=0.9, warmup_bias_lr=0.0,
        warmup_lr_fraction=0.001,
    )  # fmt: skip
    assert [schedule.at(step).lr for step in (0, 250, 500)] == pytest.approx([1e-5, 0.01 * (0.001 + 0.999 / 2), 0.01])


def test_sgd_looks_ahead_unless_told_not_to() -> None:
    def flags(**changes: bool) -> set[bool]:
        built = build_optimizer(_network(), "sgd", lr=0.1, momentum=0.9, weight_decay=0.0, **changes)
        return {group["nesterov"] for group in built.param_groups}

    assert (flags(), flags(nesterov=False)) == ({True}, {False})


@pytest.mark.parametrize("name", ["lamb", "lion", "adafactor", "madgrad", "rmsproptf", "adan"])
def test_an_optimiser_of_timm_steps_with_the_schedule(name: str) -> None:
    network = _network()
    before = [value.clone() for value in network.parameters()]
    built = build_optimizer(network, f"timm:{name}", lr=0.1, momentum=0.9, weight_decay=0.01)
    assert {group["name"]: group["weight_decay"] > 0 for group in built.param_groups} == {
        "weights": True,
        "norms": False,
        "biases": False,
    }
    apply_settings(built.param_groups, IterationSettings(0.01, 0.02, 0.8, 1))
    for value in network.parameters():
        value.grad = torch.ones_like(value)
    built.step()
    assert all(not torch.equal(one, other) for one, other in zip(network.parameters(), before, strict=True))
    assert {group["lr"] for group in built.param_groups} == {0.01, 0.02}


def test_timm_has_no_such_optimiser() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'lamb'"):
        build_optimizer(_network(), "timm:lam", lr=0.1, momentum=0.9, weight_decay=0.0)
