"""The losses of single steps."""

from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from boxwright.run_files.run_directory import RunDirectory
from boxwright.structures import Batch
from boxwright.training.metrics_file import MetricsFile, Row
from boxwright.training.module import TrainingModule
from boxwright.training.position import position


class StepRecord(Callback):
    """Writes the losses of every few batches into steps.csv, at every checkpoint, and into the loggers, at once.

    They are those of the first device. To read them makes a device wait, so not every batch should be asked.

    Args:
        run: Where the file goes.
        every: Batches from one row to the next.
    """

    def __init__(self, run: RunDirectory, every: int) -> None:
        self.steps, self.every = MetricsFile(run.step_losses, key="step"), every

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Forgets what a run that goes on will do again."""
        assert isinstance(pl_module, TrainingModule)
        epochs, batches = pl_module.position_at_start
        self.steps.forget_after(epochs * pl_module.batches_per_epoch + batches)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: Batch, batch_idx: int
    ) -> None:
        """Reads the losses."""
        assert isinstance(pl_module, TrainingModule)
        step = trainer.current_epoch * pl_module.batches_per_epoch + batch_idx + 1
        if step % self.every or not trainer.is_global_zero:
            return
        losses = {name: float(f"{value:.6g}") for name, value in pl_module.terms.last().items()}
        row: Row = {"step": step, "epoch": position(trainer)[0] + 1, **losses}
        self.steps.rows.append(row)
        for one in trainer.loggers:
            one.log_metrics({f"step/{name}": value for name, value in losses.items()}, step=step)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Writes the file."""
        if trainer.is_global_zero:
            self.steps.write()
