"""Optimiser, parameter groups and the schedule of every iteration."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn
from torch.optim import Optimizer

from boxwright.errors import ConfigError, unknown_name
from boxwright.settings.recipe import Recipe

ADAMW_SECOND_BETA = 0.999


@dataclass(frozen=True, slots=True)
class IterationSettings:
    """What the optimiser uses in one iteration.

    Args:
        lr: Learning rate of weights and norms.
        bias_lr: Learning rate of biases.
        momentum: SGD's momentum or AdamW's first beta.
        accumulate: Batches whose gradients are summed before a step.
    """

    lr: float
    bias_lr: float
    momentum: float
    accumulate: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Learning rates, momentum and accumulation as a function of the iteration alone, so that it has no state.

    After the warm-up the learning rate falls from `lr` to `lr * final_lr_fraction`, on a line or on half a cosine, or
    by `step_factor` at every milestone. During the warm-up it rises on a line from `warmup_lr_fraction` of that curve
    (biases: from `warmup_bias_lr`), the momentum from `warmup_momentum`, and the accumulation from 1.

    Args:
        lr: Highest learning rate.
        final_lr_fraction: Last learning rate as a fraction of `lr`; steps do not use it.
        momentum: SGD's momentum or AdamW's first beta.
        shape: The curve after the warm-up.
        iterations: Batches of the whole training.
        warmup: Batches of the warm-up.
        warmup_momentum: Momentum of the first iteration.
        warmup_bias_lr: Learning rate of biases in the first iteration.
        accumulate: Batches whose gradients are summed after the warm-up.
        warmup_lr_fraction: Learning rate of the first iteration as a fraction of the curve.
        milestones: Fractions of the training at which a step comes.
        step_factor: Of a step.
    """

    lr: float
    final_lr_fraction: float
    momentum: float
    shape: Literal["linear", "cosine", "steps"]
    iterations: int
    warmup: int = 0
    warmup_momentum: float = 0.8
    warmup_bias_lr: float = 0.1
    accumulate: int = 1
    warmup_lr_fraction: float = 0.0
    milestones: tuple[float, ...] = ()
    step_factor: float = 0.1

    def at(self, iteration: int) -> IterationSettings:
        """Computes the settings of an iteration, counted from 0."""
        lr = self.lr * self._factor(iteration / self.iterations)
        if iteration >= self.warmup:
            return IterationSettings(lr, lr, self.momentum, self.accumulate)
        progress = iteration / self.warmup
        return IterationSettings(
            lr=_between(self.warmup_lr_fraction, 1.0, progress) * lr,
            bias_lr=_between(self.warmup_bias_lr, lr, progress),
            momentum=_between(self.warmup_momentum, self.momentum, progress),
            accumulate=max(1, round(_between(1.0, float(self.accumulate), progress))),
        )

    def steps(self, batches_per_epoch: int) -> int:
        """Counts the steps of the whole training.

        During the warm-up gradients of fewer batches are summed, and what is left at the end of an epoch is a step too.

        Args:
            batches_per_epoch: Batches of one epoch on each device.
        """
        warm = -(-self.warmup // batches_per_epoch)  # epochs that the warm-up touches
        steps = (self.iterations // batches_per_epoch - warm) * -(-batches_per_epoch // self.accumulate)
        for epoch in range(warm):
            waiting = 0
            for batch in range(batches_per_epoch):
                waiting += 1
                if waiting >= self.at(epoch * batches_per_epoch + batch).accumulate or batch == batches_per_epoch - 1:
                    steps, waiting = steps + 1, 0
        return steps

    def _factor(self, progress: float) -> float:
        progress = min(progress, 1.0)
        if self.shape == "steps":
            return float(self.step_factor ** sum(progress >= milestone for milestone in self.milestones))
        fall = progress if self.shape == "linear" else (1 - math.cos(math.pi * progress)) / 2
        return _between(1.0, self.final_lr_fraction, fall)


def warmup_length(epochs: float, min_batches: int, batches_per_epoch: int, iterations: int) -> int:
    """Counts the batches of the warm-up: so many epochs, at least `min_batches`, at most half of the training.

    Args:
        epochs: Length asked for; 0 turns the warm-up off.
        min_batches: Fewest batches of a warm-up that is not off.
        batches_per_epoch: Batches of one epoch.
        iterations: Batches of the whole training.
    """
    if epochs <= 0:
        return 0
    return min(max(round(epochs * batches_per_epoch), min_batches), iterations // 2)


def schedule_of(recipe: Recipe, epochs: int, batches_per_epoch: int, batch_size: int) -> Schedule:
    """Works out the schedule of a training.

    Args:
        recipe: How to train.
        epochs: Epochs of the whole training.
        batches_per_epoch: Batches of one epoch on each device.
        batch_size: Images per batch over all devices.
    """
    iterations = epochs * batches_per_epoch
    return Schedule(
        lr=recipe.lr,
        final_lr_fraction=recipe.final_lr_fraction,
        momentum=recipe.momentum,
        shape=recipe.schedule,
        iterations=iterations,
        warmup=warmup_length(recipe.warmup_epochs, recipe.warmup_min_batches, batches_per_epoch, iterations),
        warmup_momentum=recipe.warmup_momentum,
        warmup_bias_lr=recipe.warmup_bias_lr,
        accumulate=accumulated_batches(recipe.nominal_batch, batch_size),
        warmup_lr_fraction=recipe.warmup_lr_fraction,
        milestones=recipe.milestones,
        step_factor=recipe.step_factor,
    )


def accumulated_batches(nominal_batch: int, batch_size: int) -> int:
    """Counts the batches that together come nearest to the nominal batch, at least 1.

    Args:
        nominal_batch: The batch size that the learning rate was chosen for.
        batch_size: Images per step over all devices.
    """
    return max(1, round(nominal_batch / batch_size))


def scaled_weight_decay(weight_decay: float, batch_size: int, accumulate: int, nominal_batch: int) -> float:
    """Scales the weight decay by the images per optimiser step over the nominal batch.

    Args:
        weight_decay: Decay at the nominal batch.
        batch_size: Images per step over all devices.
        accumulate: Batches per optimiser step.
        nominal_batch: The batch size that the decay was chosen for.
    """
    return weight_decay * batch_size * accumulate / nominal_batch


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Splits the parameters that want gradients into weights, norms and biases; only weights decay.

    A bias is what is named so; a norm is any other parameter of fewer than two axes.

    Args:
        model: The network.
        weight_decay: Decay of the weights.
    """
    weights, norms, biases = [], [], []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.rpartition(".")[2] == "bias":
            biases.append(parameter)
        elif parameter.ndim < 2:
            norms.append(parameter)
        else:
            weights.append(parameter)
    groups = [
        {"name": "weights", "params": weights, "weight_decay": weight_decay},
        {"name": "norms", "params": norms, "weight_decay": 0.0},
        {"name": "biases", "params": biases, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def build_optimizer(
    model: nn.Module,
    kind: str,
    *,
    lr: float,
    momentum: float,
    weight_decay: float,
    nesterov: bool = True,
) -> Optimizer:
    """Builds SGD, with Nesterov momentum unless that is off, AdamW, or an optimiser of timm.

    Args:
        model: The network.
        kind: "sgd", "adamw", or "timm:" and the name that timm has for one.
        lr: Learning rate.
        momentum: SGD's momentum or AdamW's first beta.
        weight_decay: Decay of the weights; biases and norms have none.
        nesterov: Whether SGD looks ahead.

    Raises:
        ConfigError: Every parameter is frozen, or timm has no such optimiser.
    """
    groups = parameter_groups(model, weight_decay)
    if not groups:
        raise ConfigError("Every parameter is frozen, so nothing can be trained. Freeze fewer prefixes.")
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=nesterov and momentum > 0)
    if kind == "adamw":
        return _adamw(groups, lr, (momentum, ADAMW_SECOND_BETA))
    return _of_timm(kind.removeprefix("timm:"), groups, lr, momentum)


def _adamw(groups: list[dict[str, Any]], lr: float, betas: tuple[float, float]) -> Optimizer:
    """Builds AdamW, in one pass over the memory of weights and gradients where both are in that of the processor.

    That pass takes it that a gradient lies as its weights do, and computes nonsense without a word where it does not.
    """
    is_fused = all(value.device.type == "cpu" for group in groups for value in group["params"])
    optimizer = torch.optim.AdamW(groups, lr=lr, betas=betas, fused=is_fused or None)
    optimizer.register_step_pre_hook(_lay_out_as_weights)
    return optimizer


def _lay_out_as_weights(optimizer: Optimizer, *_step: Any) -> None:
    """Copies gradients whose strides are not those of their weights; autograd makes none, a callback may."""
    for group in optimizer.param_groups:
        for value in group["params"]:
            if value.grad is not None and value.grad.stride() != value.stride():
                value.grad = torch.empty_like(value).copy_(value.grad)


def _of_timm(name: str, groups: list[dict[str, Any]], lr: float, momentum: float) -> Optimizer:
    from timm.optim._optim_factory import create_optimizer_v2, list_optimizers

    known = [str(each) for each in list_optimizers()]
    if name not in known:
        raise unknown_name("optimizer of timm", name, known)
    try:
        optimizer: Optimizer = create_optimizer_v2(groups, opt=name, lr=lr, weight_decay=0.0, momentum=momentum)
    except (ImportError, AssertionError, TypeError, ValueError) as error:
        raise ConfigError(f"optimizer: timm cannot build {name} here ({error}). Choose another.") from error
    return optimizer


def apply_settings(groups: Iterable[dict[str, Any]], settings: IterationSettings) -> None:
    """Writes the settings of an iteration into the parameter groups of an optimiser.

    Args:
        groups: The optimiser's `param_groups`.
        settings: What the iteration uses.
    """
    for group in groups:
        group["lr"] = settings.bias_lr if group["name"] == "biases" else settings.lr
        if "momentum" in group:
            group["momentum"] = settings.momentum
        elif group.get("betas") is not None:  # some of timm have neither
            group["betas"] = (settings.momentum, *group["betas"][1:])


def _between(start: float, stop: float, progress: float) -> float:
    return start + (stop - start) * progress
