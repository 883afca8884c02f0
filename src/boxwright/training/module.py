"""The training step and the validation step."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer

from boxwright.criterion import Attribution, Outcome
from boxwright.criterion.criterion_like import state_of
from boxwright.data import Dataset
from boxwright.evaluation import Report
from boxwright.evaluation.measurement import COCO_DETECTIONS
from boxwright.geometry.precision import without_autocast
from boxwright.inference import Runner, finding_at_least, network_input
from boxwright.models import Detector
from boxwright.models.lone_values import lone_values_allowed
from boxwright.over_processes import images_per_process, mean_over_processes, sum_over_processes
from boxwright.structures import Assignment, Batch
from boxwright.systems import Recipe, System
from boxwright.training.assignment_tally import AssignmentTally, assignment_figures
from boxwright.training.ema import WeightAverage
from boxwright.training.finite_guard import FiniteGuard
from boxwright.training.freezing import held_parameters, hold_frozen_norms
from boxwright.training.norm_statistics import share_statistics, take_buffers_of_first
from boxwright.training.optimization import apply_settings, build_optimizer, scaled_weight_decay, schedule_of
from boxwright.training.position import position
from boxwright.training.random_state import random_state, set_random_state
from boxwright.training.step_clock import StepClock
from boxwright.training.summed_gradients import gradients_kept, shared_gradients
from boxwright.training.term_means import TermMeans, stacked
from boxwright.training.validation_scoring import ValidationScoring


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
        images_per_epoch: Over all devices; whole batches if left out.
        canvas_size: Height and width of the canvas in pixels, on which it is measured.
        max_detections: Best detections per image and category that AP counts.
        precision: "32", "bf16" or "fp16"; that of the trainer, for validation.
        attributes: Whether every step finds out whose losses they are, for `attributed`.
        held: Parts of the network, as in `freeze`, that stay as they are for some epochs.
        held_epochs: How many.
        own_parts: Names of parts that a run which goes on has to be given again.
    """

    _runner: Runner | None = None  # of a validation, with what it counts
    _scoring: ValidationScoring | None = None

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
        images_per_epoch: int | None = None,
        max_detections: int = COCO_DETECTIONS,
        precision: str = "32",
        attributes: bool = False,
        held: Sequence[str] = (),
        held_epochs: int | None = None,
        own_parts: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.system = finding_at_least(system, max_detections)
        self.max_detections, self.precision, self.own_parts = max_detections, precision, own_parts
        self.recipe, self.truth, self.canvas_size = recipe, truth, canvas_size
        self.batches_per_epoch, self.batch_size = batches_per_epoch, batch_size
        self.images_per_epoch = images_per_epoch or batches_per_epoch * batch_size
        self.detector = system.detector.to(memory_format=torch.channels_last)
        self.average = WeightAverage(system.detector, recipe.ema_decay, recipe.ema_tau)
        self.schedule = schedule_of(recipe, epochs, batches_per_epoch, batch_size)
        self.score: float | None = None  # of this epoch, if it was evaluated: AP of masks, of boxes without masks
        self.report: Report | None = None  # what it is from, on the first device only
        self.terms, self.val_terms = TermMeans(), TermMeans()
        self.clock = StepClock()
        self.held, self.held_epochs = held_parameters(self.detector, held if held_epochs else ()), held_epochs or 0
        self.tally = AssignmentTally()
        self.attributes, self._state = attributes, state_of(system.criterion)
        self.attributed: tuple[Assignment, Attribution] | None = None  # of the last step
        self._guard, self._batches_since_step, self.position_at_start = FiniteGuard(), 0, (0, 0)
        self._gradients: Mapping[str, Tensor] = {}  # of a step that a checkpoint came in the middle of

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

    def on_train_start(self) -> None:
        """Prepares the network, also where an epoch is gone on with and does not start; takes up gradients."""
        self._prepare()
        for name, parameter in self.detector.named_parameters():
            if name in self._gradients:
                parameter.grad = self._gradients[name].to(parameter.device)
        self._gradients = {}

    def on_train_epoch_start(self) -> None:
        """Begins the means of the epoch."""
        self._prepare()
        for record in (self.terms, self.val_terms, self.tally):
            record.clear()
        self.score = self.report = None

    def _prepare(self) -> None:
        """Puts the network in training mode; frozen norms keep their statistics."""
        self.detector.train()
        hold_frozen_norms(self.detector, self.held_now)
        self.clock.begin(self.device)

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        """Computes the losses of a batch, adds up gradients, and steps when the nominal batch is full."""
        self.clock.lap("data")
        settings = self.schedule.at(self.current_epoch * self.batches_per_epoch + batch_idx)
        outcome = self._run(batch, batch_idx)
        self.clock.lap("loss")
        losses = outcome.losses
        self._state.after_step()
        self.tally.add(outcome.assignment, batch.targets)
        self.attributed = None if outcome.attribution is None else (outcome.assignment, outcome.attribution)
        values = stacked(losses)
        self._guard.watch(values, list(losses), batch.origins)
        self._add(self.terms, losses, len(batch), values)
        times_batch_size = self.system.criterion.times_batch_size
        total: Tensor = sum(losses.values(), start=values.new_zeros(()))
        self._batches_since_step += 1
        is_step = self._batches_since_step >= settings.accumulate or self.trainer.is_last_batch
        # Lightning calls this method inside autocast; gradients have the types of their values
        with without_autocast(self.device), gradients_kept(self.trainer.strategy.model, is_kept=not is_step):
            self.manual_backward(total * self.trainer.world_size if times_batch_size else total / settings.accumulate)
        self.clock.lap("backward")
        share_statistics(self.detector, len(batch))
        if is_step:
            optimizer = self.optimizers()
            assert isinstance(optimizer, LightningOptimizer)
            apply_settings(optimizer.param_groups, settings)
            optimizer.step()
            optimizer.zero_grad()
            self.average.update(self.detector)
            self._batches_since_step = 0
        self.clock.lap("step")

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
        self._guard.finish(self.detector)

    def mean_losses(self) -> dict[str, float]:
        """Gives the mean of every term over the epoch so far and all devices, on val too; every process must ask."""
        val = {f"val_{name}": mean for name, mean in self.val_terms.means(mean_over_processes).items()}
        return self.terms.means(mean_over_processes) | val

    def assignment_figures(self) -> Mapping[str, float]:
        """Gives the positives of the objects of the epoch so far, over all devices; every process must ask."""
        return assignment_figures(sum_over_processes(self.tally.counts(self.device)))

    def on_validation_start(self) -> None:
        """Judges the last losses before anything is measured, and takes the averaged weights of the moment."""
        self._guard.finish(self.detector)
        take_buffers_of_first(self.average.model)
        # a copy of the criterion, whose state must not move here
        averaged = replace(
            self.system, detector=cast(Detector, self.average.model), criterion=deepcopy(self.system.criterion)
        )
        self.val_terms.clear()
        self._val_criterion, most = averaged.criterion, self.system.postprocessor.max_detections
        self._scoring = ValidationScoring(
            self.truth,
            self.max_detections,
            most_per_image=most,
            devices=self.trainer.world_size,
            rank=self.trainer.global_rank,
        )
        self._runner = Runner(averaged, self.canvas_size, device=self.device, precision=self.precision)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Finds objects with the averaged weights, and computes their losses."""
        assert self._runner is not None
        assert self._scoring is not None
        predictions = self._runner.predictions(batch.images)
        self._scoring.add(self._runner.found_in(predictions, batch.origins))
        with torch.random.fork_rng(devices=()):  # what is drawn here is not missing in the training
            losses = self._val_criterion.run(predictions, self._runner.priors, batch.targets).losses
        self._add(self.val_terms, losses, len(batch))

    def on_validation_epoch_end(self) -> None:
        """Measures the detections of all devices; those of this one are matched by now."""
        assert self._scoring is not None
        self.report, self._runner, self._scoring = self._scoring.report(), None, None
        leading = None if self.report is None else self.report.masks or self.report
        self.score = self.trainer.strategy.broadcast(None if leading is None else leading.ap)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the weights at the last iteration of the current epoch."""
        return self.schedule.at((self.current_epoch + 1) * self.batches_per_epoch - 1).lr

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Judges the last losses; adds what a training needs to go on here, be it in the middle of an epoch or a step.

        That is the position, the average, the state of the criterion, of the random numbers and of the means of the
        epoch, and the gradients that no step has used yet. Every process must call it.
        """
        self._guard.finish(self.detector)
        checkpoint["epochs_done"], checkpoint["batches_done"] = position(self.trainer)
        checkpoint["own_parts"] = list(self.own_parts)
        checkpoint["terms"] = self.terms.state_dict(mean_over_processes)
        checkpoint["tally"] = sum_over_processes(self.tally.counts(self.device))
        checkpoint["batches_since_step"] = self._batches_since_step
        checkpoint["gradients"] = shared_gradients(self.detector)
        checkpoint["average"] = self.average.state_dict()
        checkpoint["criterion"] = self._state.state_dict()
        checkpoint.update(random_state(self.device))

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes up what was added."""
        self.position_at_start = (
            checkpoint.get("epochs_done", checkpoint["epoch"] + 1),
            checkpoint.get("batches_done", 0),
        )
        if "terms" in checkpoint:  # else of an older version, at the end of an epoch
            self.terms.load_state_dict(checkpoint["terms"])
            self.tally.load(checkpoint["tally"] if self.trainer.is_global_zero else None)
            self._batches_since_step, self._gradients = checkpoint["batches_since_step"], checkpoint["gradients"]
        self.average.load_state_dict(checkpoint["average"])
        self._state.load_state_dict(checkpoint.get("criterion", {}))
        set_random_state(checkpoint, self.device)

    def _run(self, batch: Batch, batch_idx: int) -> Outcome:
        left = self.images_per_epoch - batch_idx * self.batch_size  # for the batches of all devices together
        with lone_values_allowed(self.detector, len(batch), left):
            predictions = self.detector(network_input(self.system, batch.images))
        self.clock.lap("forward")
        height, width = batch.images.shape[-2:]  # canvases may vary
        priors = self.system.prior_generator((height, width), batch.images.device)
        return self.system.criterion.run(predictions, priors, batch.targets, attribute=self.attributes)

    def _add(self, terms: TermMeans, losses: Mapping[str, Tensor], images: int, values: Tensor | None = None) -> None:
        values = stacked(losses) if values is None else values
        if self.system.criterion.times_batch_size:
            values = values / images_per_process(images, values)
        terms.add(list(losses), values)
