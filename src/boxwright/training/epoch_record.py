"""What is written and said about every epoch."""

import logging
import math
import time
from collections.abc import Mapping

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from boxwright.evaluation import Report
from boxwright.run_files.narration import duration
from boxwright.run_files.run_directory import RunDirectory
from boxwright.structures import Batch
from boxwright.training.assignment_tally import POSITIVES, WITHOUT
from boxwright.training.loggers import accepted
from boxwright.training.metrics_file import MEMORY, TIME, VAL, MetricsFile, Row, draw_curves
from boxwright.training.module import TrainingModule

logger = logging.getLogger("boxwright")

GIBIBYTE = 2**30


class EpochRecord(Callback):
    """Writes the row of the epoch into metrics.csv, class_ap.csv and the loggers, and says it in one line.

    Args:
        run: Where the files go.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.metrics, self.classes = MetricsFile(run.metrics), MetricsFile(run.class_metrics)
        self._epochs_here: list[float] = []
        self._said = ""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock also where an epoch is gone on with, and does not start."""
        self._begin(trainer, pl_module)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        self._begin(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: Batch, batch_idx: int
    ) -> None:
        """Counts the images."""
        assert isinstance(pl_module, TrainingModule)
        self._images += pl_module.batch_size

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes the time of the training alone."""
        self._trained = time.perf_counter() - self._began

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Writes the row and the line."""
        assert isinstance(pl_module, TrainingModule)
        seconds = time.perf_counter() - self._began
        means, figures, report = pl_module.mean_losses(), pl_module.assignment_figures(), pl_module.report
        if not trainer.is_global_zero:
            return
        row: Row = {"epoch": trainer.current_epoch + 1}
        row |= _rounded({name: mean for name, mean in means.items() if not name.startswith(VAL)})
        row |= _scores(report, has_masks=pl_module.system.mask_stride is not None)
        row |= _rounded({name: mean for name, mean in means.items() if name.startswith(VAL)})
        row |= _rounded(dict(figures))
        row |= _rounded({f"{TIME}{part}": share for part, share in pl_module.clock.shares().items()})
        if pl_module.device.type == "cuda":
            row |= _rounded({MEMORY: torch.cuda.max_memory_allocated(pl_module.device) / GIBIBYTE})
        row |= _rounded({"lr": pl_module.learning_rate, "seconds": seconds})
        row["images_per_second"] = round(self._images / (self._trained or seconds), 2)
        self.metrics.add(row)
        of_classes = {} if report is None else _rounded(class_scores(report))
        if of_classes:
            self.classes.add({"epoch": row["epoch"], **of_classes})
        shown = {name: value for name, value in (row | of_classes).items() if value is not None}
        for one in trainer.loggers:
            one.log_metrics(accepted(one, shown), step=trainer.current_epoch)
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

    def _begin(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock; the last epoch is evaluated in any case."""
        if trainer.current_epoch + 1 == trainer.max_epochs:
            trainer.check_val_every_n_epoch = 1
        if pl_module.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(pl_module.device)
        self._began, self._trained, self._images = time.perf_counter(), 0.0, 0


def class_scores(report: Report) -> dict[str, float]:
    """Gives the AP of every class by name, of boxes and of masks; a name that is there twice gets its label.

    Args:
        report: Of an epoch.
    """
    names = [one.name for one in report.per_class]
    unique = [f"{name}#{label}" if names.count(name) > 1 else name for label, name in enumerate(names)]
    found = {f"class_ap/{name}": one.ap for name, one in zip(unique, report.per_class, strict=True)}
    if report.masks is None:
        return found
    return found | {f"class_mask_ap/{name}": one.ap for name, one in zip(unique, report.masks.per_class, strict=True)}


def _scores(report: Report | None, *, has_masks: bool) -> Row:
    """Gives the overall numbers; an epoch that was not evaluated has them too, empty."""
    names = ("ap", "ap50", "mask_ap", "mask_ap50") if has_masks else ("ap", "ap50")
    numbers: Mapping[str, float] = {} if report is None else report.numbers
    return _rounded({name: numbers.get(name, math.nan) for name in names})


def _epochs_left(trainer: Trainer) -> int:
    return 0 if trainer.should_stop else (trainer.max_epochs or 0) - trainer.current_epoch - 1


def _rounded(values: Mapping[str, float]) -> Row:
    return {name: None if math.isnan(value) else float(f"{value:.6g}") for name, value in values.items()}


def _line(row: Row, epochs: int, seconds_left: float) -> str:
    skipped = ("epoch", "lr", "seconds", "images_per_second", MEMORY)
    shown = [
        f"{name} {value:.3f}"
        for name, value in row.items()
        if name not in skipped and not name.startswith((WITHOUT, POSITIVES, VAL, TIME)) and value is not None
    ]
    if (without := row.get(WITHOUT)) is not None:
        shown.append(f"without positive {100 * without:.1f} %")
    speed = f"{row['images_per_second']:.1f} images/s"
    return f"epoch {row['epoch']}/{epochs}  {'  '.join(shown)}  {speed}  {duration(seconds_left)} left"
