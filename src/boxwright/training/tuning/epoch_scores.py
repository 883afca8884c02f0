"""Telling a search the AP of every epoch, and ending a trial that falls behind."""

import math
from typing import Protocol, runtime_checkable

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from boxwright.training.module import TrainingModule


@runtime_checkable
class Judge(Protocol):
    """What compares a trial with the others."""

    def report(self, value: float, step: int) -> None:
        """Takes the AP of an epoch."""
        ...

    def should_prune(self) -> bool:
        """Says whether the trial should end."""
        ...


class EpochScores(Callback):
    """Reports the AP of every epoch that is measured, and ends the training where the judge says so.

    The training ends as after patience: its best weights are measured, and the run is a whole one.

    Args:
        judge: Of the trial; None for a training that comes to its end in any case.
    """

    def __init__(self, judge: Judge | None) -> None:
        self.judge = judge
        self.epochs = 0
        self.is_pruned = False

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Reports the epoch; the last one cannot be saved by ending."""
        assert isinstance(pl_module, TrainingModule)
        self.epochs = trainer.current_epoch + 1
        if self.judge is None or pl_module.score is None:
            return
        self.judge.report(counted_score(pl_module.score), self.epochs)
        if self.epochs != trainer.max_epochs and self.judge.should_prune():
            trainer.should_stop = self.is_pruned = True


def counted_score(ap: float) -> float:
    """Gives an AP as trials are compared by it: one that is not a number (there was nothing to find) counts as 0.

    Args:
        ap: Of an epoch, or of the best weights.
    """
    return 0.0 if math.isnan(ap) else ap
