"""What happens at the end of every epoch: a row, a line, a checkpoint."""

import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, Checkpoint

from boxwright.errors import counted
from boxwright.run_files.narration import duration
from boxwright.run_files.run_directory import RunDirectory
from boxwright.training.assignment_tally import POSITIVES, WITHOUT
from boxwright.training.metrics_file import MetricsFile, Row, draw_curves
from boxwright.training.module import TrainingModule

logger = logging.getLogger("boxwright")


class EpochRecord(Callback):
    """Writes the row of the epoch into metrics.csv and the loggers, and says it in one line.

    Args:
        run: Where the files go.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.metrics = MetricsFile(run.metrics)
        self._began = 0.0
        self._epochs_here: list[float] = []
        self._said = ""

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock; the last epoch is evaluated in any case."""
        if trainer.current_epoch + 1 == trainer.max_epochs:
            trainer.check_val_every_n_epoch = 1
        self._began = time.perf_counter()
        self._trained = 0.0

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes the time of the training alone."""
        self._trained = time.perf_counter() - self._began

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Writes the row and the line."""
        assert isinstance(pl_module, TrainingModule)
        seconds = time.perf_counter() - self._began
        images = pl_module.batches_per_epoch * pl_module.batch_size
        means, figures = pl_module.mean_losses(), pl_module.assignment_figures()
        report = pl_module.report
        if not trainer.is_global_zero:
            return
        row: Row = {"epoch": trainer.current_epoch + 1, **_rounded(means)}
        row["ap"] = None if report is None else _rounded({"ap": report.ap})["ap"]
        row["ap50"] = None if report is None else _rounded({"ap50": report.ap50})["ap50"]
        row |= _rounded(dict(figures))
        row |= _rounded({"lr": pl_module.learning_rate, "seconds": seconds})
        row["images_per_second"] = round(images / (self._trained or seconds), 2)
        self.metrics.add(row)
        for one in trainer.loggers:
            one.log_metrics(
                {name: value for name, value in row.items() if value is not None}, step=trainer.current_epoch
            )
        self._epochs_here.append(seconds)
        left = sum(self._epochs_here[-5:]) / len(self._epochs_here[-5:]) * _epochs_left(trainer)
        logger.info(_line(row, trainer.max_epochs or 0, left))
        if report is not None and report.limit_line != self._said:
            self._said = report.limit_line
            logger.info(self._said)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draws the curves."""
        if trainer.is_global_zero:
            draw_curves(self.metrics.rows, self.run.loss_figure)


class CheckpointKeeper(Checkpoint):
    """Saves what resuming needs and the model, at the end of every epoch and of the best one; stops when patience ends.

    Lightning calls it after every other callback, so that what it saves is the whole epoch.

    Args:
        run: Where the files go.
        save_model: Writes the averaged weights to a path.
        patience: Epochs without a better AP before training stops, or None.
    """

    def __init__(self, run: RunDirectory, save_model: Callable[[Path], None], *, patience: int | None = None) -> None:
        self.run = run
        self.save_model = save_model
        self.patience = patience
        self.best_score = -math.inf
        self.best_epoch = 0
        self.is_finished = False

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Tells every process of the run directory that the first one made."""
        self.run = RunDirectory(Path(trainer.strategy.broadcast(str(self.run.path))))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judges the epoch, then saves."""
        assert isinstance(pl_module, TrainingModule)
        epoch = trainer.current_epoch + 1
        # an AP that is not a number (no objects to find) counts as 0, so that some epoch is the best
        score = -math.inf if pl_module.ap is None else 0.0 if math.isnan(pl_module.ap) else pl_module.ap
        is_best = score > self.best_score
        if is_best:
            self.best_score, self.best_epoch = score, epoch
        is_measured = pl_module.ap is not None  # what was not measured cannot have failed to rise
        if self.patience is not None and is_measured and epoch - self.best_epoch >= self.patience:
            trainer.should_stop = True
            logger.info(f"AP has not risen for {counted(epoch - self.best_epoch, 'epoch')}: training stops.")
        self.is_finished = trainer.should_stop or epoch == trainer.max_epochs
        trainer.save_checkpoint(self.run.last_checkpoint)
        if is_best:
            trainer.save_checkpoint(self.run.best_checkpoint)
        if trainer.is_global_zero:
            self.save_model(self.run.last_model)
            if is_best:
                self.save_model(self.run.best_model)

    def state_dict(self) -> dict[str, Any]:
        """Gives what a checkpoint keeps."""
        return {"best_score": self.best_score, "best_epoch": self.best_epoch, "is_finished": self.is_finished}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes up what a checkpoint kept."""
        self.best_score = state_dict["best_score"]
        self.best_epoch = state_dict["best_epoch"]
        self.is_finished = state_dict["is_finished"]


def _epochs_left(trainer: Trainer) -> int:
    return 0 if trainer.should_stop else (trainer.max_epochs or 0) - trainer.current_epoch - 1


def _rounded(values: dict[str, float]) -> Row:
    return {name: None if math.isnan(value) else float(f"{value:.6g}") for name, value in values.items()}


def _line(row: Row, epochs: int, seconds_left: float) -> str:
    skipped = ("epoch", "lr", "seconds", "images_per_second")
    shown = [
        f"{name} {value:.3f}"
        for name, value in row.items()
        if name not in skipped and not name.startswith((WITHOUT, POSITIVES)) and value is not None
    ]
    if (without := row.get(WITHOUT)) is not None:
        shown.append(f"without positive {100 * without:.1f} %")
    speed = f"{row['images_per_second']:.1f} images/s"
    return f"epoch {row['epoch']}/{epochs}  {'  '.join(shown)}  {speed}  {duration(seconds_left)} left"
