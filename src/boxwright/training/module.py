"""The training step and the validation step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer

from boxwright.criterion import Attribution, Outcome
from boxwright.data import Dataset
from boxwright.evaluation import Report
from boxwright.evaluation.measurement import COCO_DETECTIONS, score
from boxwright.geometry.precision import without_autocast
from boxwright.inference import Runner, finding_at_least, network_input
from boxwright.models import Detector
from boxwright.models.lone_values import lone_values_allowed
from boxwright.structures import Assignment, Batch, Detections
from boxwright.systems import Recipe, System
from boxwright.training.assignment_tally import AssignmentTally, assignment_figures
from boxwright.training.ema import WeightAverage
from boxwright.training.finite_guard import FiniteGuard
from boxwright.training.freezing import held_parameters, hold_frozen_norms
from boxwright.training.optimization import (
    Schedule,
    accumulated_batches,
    apply_settings,
    build_optimizer,
    scaled_weight_decay,
    warmup_iterations,
)


class TrainingModule(lightning.LightningModule):
    """Trains a system; evaluates the moving average of its weights.

    Optimisation is manual: gradients are summed over the accumulated batches and over the devices (not averaged) where
    the losses grow with the batch, as the learning rates of the YOLO systems expect; they are averaged where the losses
    are means already. Whatever is summed at the end of an epoch is used, so that a
    checkpoint at that moment holds everything.

    Args:
        system: What to train.
        recipe: How to train; every field is used.
        truth: The data set that validation measures against.
        epochs: Epochs of the whole training.
        batches_per_epoch: Batches of one epoch on each device.
        batch_size: Images per batch over all devices.
        canvas_size: Height and width of the canvas in pixels.
        max_detections: Best detections per image and category that AP counts.
        precision: "32", "bf16" or "fp16"; that of the trainer, for validation.
        attributes: Whether every step finds out whose losses they are, for `attributed`.
        held: Parts of the network, as in `freeze`, that stay as they are for some epochs.
        held_epochs: How many.
    """

    def __init__(
        self,
        system: System,
        recipe: Recipe,
        truth: Dataset,
        *,
        epochs: int,
        batches_per_epoch: int,
        batch_size: int,
        canvas_size: tuple[int, int],
        max_detections: int = COCO_DETECTIONS,
        precision: str = "32",
        attributes: bool = False,
        held: Sequence[str] = (),
        held_epochs: int | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.system = finding_at_least(system, max_detections)
        self.max_detections, self.precision = max_detections, precision
        self.recipe = recipe
        self.truth = truth
        self.canvas_size = canvas_size
        self.batches_per_epoch = batches_per_epoch
        self.batch_size = batch_size
        self.detector = system.detector.to(memory_format=torch.channels_last)
        self.average = WeightAverage(system.detector, recipe.ema_decay, recipe.ema_tau)
        self.schedule = schedule_of(recipe, epochs, batches_per_epoch, batch_size)
        self.ap: float | None = None  # of this epoch, if it was evaluated
        self.report: Report | None = None  # the same, on the first device only
        self.held = held_parameters(self.detector, held) if held_epochs is not None else []
        self.held_epochs = held_epochs or 0
        self.terms = TermMeans()
        self.tally = AssignmentTally()
        self.attributes = attributes
        self.attributed: tuple[Assignment, Attribution] | None = None  # of the last step
        self._guard = FiniteGuard()
        self._batches_since_step = 0
        self._runner: Runner | None = None
        self._found: dict[int, Detections] = {}

    def configure_optimizers(self) -> Optimizer:
        """Builds the optimiser of the recipe."""
        recipe = self.recipe
        decay = scaled_weight_decay(
            recipe.weight_decay, self.batch_size, self.schedule.accumulate, recipe.nominal_batch
        )
        return build_optimizer(
            self.detector,
            recipe.optimizer,
            lr=self.schedule.lr,
            momentum=recipe.momentum,
            weight_decay=decay,
            nesterov=recipe.nesterov,
        )

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Moves a batch without waiting for it."""
        return batch.to(device, non_blocking=True)

    def on_fit_start(self) -> None:
        """Moves the average to where the weights are."""
        self.average.to(self.device)

    def on_train_epoch_start(self) -> None:
        """Begins the means of the epoch; frozen norms keep their statistics."""
        self.detector.train()
        hold_frozen_norms(self.detector, self.held_now)
        self.terms.clear()
        self.tally.clear()
        self.ap = self.report = None

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Computes the losses of a batch, adds up gradients, and steps when the nominal batch is full."""
        settings = self.schedule.at(self.current_epoch * self.batches_per_epoch + batch_idx)
        outcome = self._run(batch)
        losses = outcome.losses
        self.system.criterion.after_step()
        self.tally.add(outcome.assignment, batch.targets)
        self.attributed = None if outcome.attribution is None else (outcome.assignment, outcome.attribution)
        values = torch.stack([value.detach().float() for value in losses.values()])
        self._guard.watch(values, list(losses), batch.origins)
        times_batch_size = self.system.criterion.times_batch_size
        self.terms.add(list(losses), values / len(batch) if times_batch_size else values)
        total: Tensor = sum(losses.values(), start=values.new_zeros(()))
        with without_autocast(
            self.device
        ):  # Lightning calls this method inside; gradients have the types of their values
            self.manual_backward(total * self.trainer.world_size if times_batch_size else total / settings.accumulate)
        self._batches_since_step += 1
        if self._batches_since_step >= settings.accumulate or self.trainer.is_last_batch:
            optimizer = self.optimizers()
            assert isinstance(optimizer, LightningOptimizer)
            apply_settings(optimizer.param_groups, settings)
            optimizer.step()
            optimizer.zero_grad()
            self.average.update(self.detector)
            self._batches_since_step = 0

    @property
    def held_now(self) -> list[nn.Parameter]:
        """The parameters that stay as they are in this epoch."""
        return self.held if self.current_epoch < self.held_epochs else []

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Forgets the gradients of what is held, and clips the others; with fp16 they are unscaled by now."""
        for parameter in self.held_now:
            parameter.grad = None
        if self.recipe.clip_norm > 0:
            parameters = [value for group in optimizer.param_groups for value in group["params"]]
            torch.nn.utils.clip_grad_norm_(parameters, self.recipe.clip_norm)

    def on_train_epoch_end(self) -> None:
        """Judges the last losses before anything is saved."""
        self._guard.finish()

    def mean_losses(self) -> dict[str, float]:
        """Gives the mean of every term over the epoch so far and all devices; every process must ask."""
        means = self.terms.means()
        values = torch.tensor(list(means.values()), device=self.device)
        reduced = self.trainer.strategy.reduce(values, reduce_op="mean")
        assert isinstance(reduced, Tensor)
        return dict(zip(means, reduced.tolist(), strict=True))

    def assignment_figures(self) -> Mapping[str, float]:
        """Gives the positives of the objects of the epoch so far, over all devices; every process must ask."""
        counts = self.trainer.strategy.reduce(self.tally.counts(self.device), reduce_op="sum")
        assert isinstance(counts, Tensor)
        return assignment_figures(counts)

    def on_validation_start(self) -> None:
        """Judges the last losses before anything is measured, and takes the averaged weights of the moment."""
        self._guard.finish()
        averaged = replace(self.system, detector=cast(Detector, self.average.model))
        self._runner = Runner(averaged, self.canvas_size, device=self.device, precision=self.precision)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Finds objects with the averaged weights."""
        assert self._runner is not None
        self._found |= {detections.origin.image_id: detections for detections in self._runner(batch)}

    def on_validation_epoch_end(self) -> None:
        """Measures the detections of all devices."""
        found, self._found, self._runner = self._found, {}, None
        for part in self._of_all_devices(found):
            found.update(part)
        self.report = self._score(found) if self.trainer.is_global_zero else None
        self.ap = self.trainer.strategy.broadcast(None if self.report is None else self.report.ap)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the weights at the last iteration of the current epoch."""
        return self.schedule.at((self.current_epoch + 1) * self.batches_per_epoch - 1).lr

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Adds the average, the state of the criterion and that of the random numbers."""
        checkpoint["average"] = self.average.state_dict()
        checkpoint["criterion"] = self.system.criterion.state_dict()
        checkpoint["random_state"] = torch.get_rng_state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes up the average, the state of the criterion and that of the random numbers."""
        self.average.load_state_dict(checkpoint["average"])
        self.system.criterion.load_state_dict(checkpoint.get("criterion", {}))
        torch.set_rng_state(checkpoint["random_state"].cpu())

    def _run(self, batch: Batch) -> Outcome:
        with lone_values_allowed(self.detector, len(batch)):
            predictions = self.detector(network_input(self.system, batch.images))
        priors = self.system.prior_generator(self.canvas_size, batch.images.device)
        return self.system.criterion.run(predictions, priors, batch.targets, attribute=self.attributes)

    def _score(self, found: dict[int, Detections]) -> Report:
        most = self.system.postprocessor.max_detections
        return score(found, self.truth, self.max_detections, most_per_image=most)

    def _of_all_devices(self, found: dict[int, Detections]) -> Sequence[dict[int, Detections]]:
        if self.trainer.world_size == 1:
            return []
        parts: list[Any] = [None] * self.trainer.world_size
        torch.distributed.all_gather_object(parts, found)
        return parts


class TermMeans:
    """Adds up the loss terms of an epoch where they are, and reads them only when asked."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self._names: list[str] = []
        self._sum: Tensor | None = None
        self._count = 0

    def add(self, names: list[str], values: Tensor) -> None:
        """Adds the values of one step."""
        self._names = names
        self._sum = values if self._sum is None else self._sum + values
        self._count += 1

    def means(self) -> dict[str, float]:
        """Gives the mean of every term; waits for the device."""
        if self._sum is None:
            return {}
        return dict(zip(self._names, (self._sum / self._count).tolist(), strict=True))


def schedule_of(recipe: Recipe, epochs: int, batches_per_epoch: int, batch_size: int) -> Schedule:
    """Works out the schedule of a training.

    Args:
        recipe: How to train.
        epochs: Epochs of the whole training.
        batches_per_epoch: Batches of one epoch on each device.
        batch_size: Images per batch over all devices.
    """
    iterations = epochs * batches_per_epoch
    warmup = warmup_iterations(recipe.warmup_epochs, batches_per_epoch, iterations)
    if recipe.warmup_iterations:
        warmup = min(recipe.warmup_iterations, iterations // 2)
    return Schedule(
        lr=recipe.lr,
        final_lr_fraction=recipe.final_lr_fraction,
        momentum=recipe.momentum,
        shape=recipe.schedule,
        iterations=iterations,
        warmup_iterations=warmup,
        warmup_momentum=recipe.warmup_momentum,
        warmup_bias_lr=recipe.warmup_bias_lr,
        accumulate=accumulated_batches(recipe.nominal_batch, batch_size),
        warmup_lr_fraction=recipe.warmup_lr_fraction,
        milestones=recipe.milestones,
        step_factor=recipe.step_factor,
    )
