"""When a training is saved, which epoch is the best, and when patience ends."""

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.utilities.exceptions import SIGTERMException

from boxwright.errors import counted
from boxwright.run_files.run_directory import RunDirectory
from boxwright.structures import Batch
from boxwright.training.interruption import Interruption
from boxwright.training.module import TrainingModule
from boxwright.training.position import position
from boxwright.training.validation_to_come import with_validation_to_come
from boxwright.writing.second_name import give_second_name

logger = logging.getLogger("boxwright")


class CheckpointKeeper(Checkpoint):
    """Saves what resuming needs and the model; stops when patience ends.

    It saves at the end of every epoch, every few batches on request, and where a training ends before its time: at
    whatever comes between two steps, such as a signal or an image that cannot be read. What ends it in the middle of a
    step, such as a loss that is not finite, leaves the checkpoint of before.

    Lightning calls it after every other callback, so that what it saves is the whole step or epoch.

    Args:
        run: Where the files go.
        save_model: Writes the averaged weights to a path.
        interruption: Knows whether the training is to end.
        patience: Epochs without a better score after which training stops, at an epoch that is evaluated, or None.
        every: Batches after which an epoch is saved in its middle, or None.
        patient_from: Epochs that count as done before patience begins.
    """

    def __init__(
        self,
        run: RunDirectory,
        save_model: Callable[[Path], None],
        interruption: Interruption,
        *,
        patience: int | None = None,
        every: int | None = None,
        patient_from: int | None = None,
    ) -> None:
        self.run = run
        self.save_model = save_model
        self.interruption = interruption
        self.patience = patience
        self.every = every
        self.best_score = -math.inf
        self.best_epoch = 0
        self.is_finished = False
        self._patient_from, self._wanted_patient_from = 0, patient_from
        self._is_in_step = False

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Tells every process of the run directory that the first one made."""
        self.run = RunDirectory(Path(trainer.strategy.broadcast(str(self.run.path))))

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Batch, batch_idx: int) -> None:
        """Knows that weights and gradients are about to change."""
        self._is_in_step = True

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: Batch, batch_idx: int
    ) -> None:
        """Saves every few batches; at the last one of an epoch, its end does."""
        assert isinstance(pl_module, TrainingModule)
        self._is_in_step = False
        done = trainer.current_epoch * pl_module.batches_per_epoch + batch_idx + 1
        if self.every is not None and done % self.every == 0 and not trainer.is_last_batch:
            self._save(trainer)
        if not trainer.is_last_batch:  # else the validation or the end of the epoch asks
            self.interruption.end_if_told(trainer)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Saves where the training is, if that is between two steps, and all processes come here together."""
        assert isinstance(pl_module, TrainingModule)
        is_together = trainer.world_size == 1 or isinstance(exception, SIGTERMException)
        epoch: Any = trainer.fit_loop.epoch_progress.current
        is_between = not self._is_in_step and epoch.processed == epoch.completed
        if is_together and is_between and position(trainer)[1]:
            self._save(trainer)
            epochs, batches = position(trainer)
            logger.info(f"Saved in epoch {epochs + 1}, after {counted(batches, 'batch', 'batches')}.")

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Lets a run that goes on after the last batch of an epoch begin with the validation."""
        assert isinstance(pl_module, TrainingModule)
        if position(trainer)[1] == pl_module.batches_per_epoch:
            checkpoint["loops"] = with_validation_to_come(checkpoint["loops"])

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judges the epoch, then saves."""
        assert isinstance(pl_module, TrainingModule)
        epoch, found = trainer.current_epoch + 1, pl_module.score
        # an AP that is not a number (no objects to find) counts as 0, so that some epoch is the best
        score = -math.inf if found is None else 0.0 if math.isnan(found) else found
        is_best = score > self.best_score
        if is_best:
            self.best_score, self.best_epoch = score, epoch
        is_measured = found is not None  # what was not measured cannot have failed to rise
        waited = epoch - max(self.best_epoch, self._patient_from)
        if self.patience is not None and is_measured and waited >= self.patience:
            trainer.should_stop = True
            logger.info(f"AP has not risen for {counted(waited, 'epoch')}: training stops.")
        self.is_finished = trainer.should_stop or epoch == trainer.max_epochs
        self._save(trainer, is_best=is_best)
        self.interruption.end_if_told(trainer)

    def state_dict(self) -> dict[str, Any]:
        """Gives what a checkpoint keeps."""
        return {
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "is_finished": self.is_finished,
            "patient_from": self._patient_from,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes up what a checkpoint kept."""
        self.best_score = state_dict["best_score"]
        self.best_epoch = state_dict["best_epoch"]
        self.is_finished = state_dict["is_finished"]
        kept = int(state_dict.get("patient_from", 0))
        self._patient_from = kept if self._wanted_patient_from is None else self._wanted_patient_from

    def _save(self, trainer: Trainer, *, is_best: bool = False) -> None:
        """Writes the models first: where a checkpoint says that an epoch was the best, its model is there."""
        if trainer.is_global_zero:
            self.save_model(self.run.last_model)
            if is_best:
                give_second_name(self.run.last_model, self.run.best_model)
        trainer.save_checkpoint(self.run.last_checkpoint)
        if is_best and trainer.is_global_zero:
            give_second_name(self.run.last_checkpoint, self.run.best_checkpoint)
