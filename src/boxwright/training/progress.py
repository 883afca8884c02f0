"""The progress bar of a training."""

import time

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import TQDMProgressBar
from lightning.pytorch.callbacks.progress.tqdm_progress import Tqdm

from boxwright.run_files.narration import duration
from boxwright.training.module import TrainingModule

REFRESH_BATCHES = 10  # reading the losses waits for the device; on the CPU they are read at every batch


class LossBar(TQDMProgressBar):
    """Shows the batches of the epoch, the mean losses so far, and the time left for the whole training.

    Args:
        reads_wait: Whether reading a loss waits for a device, so that it should happen seldom.
    """

    def __init__(self, *, reads_wait: bool) -> None:
        super().__init__(refresh_rate=REFRESH_BATCHES if reads_wait else 1)
        self._began = 0.0
        self._first_batch = 0.0

    def init_train_tqdm(self) -> Tqdm:
        """Builds a bar that goes away when its line is printed."""
        bar = super().init_train_tqdm()
        bar.leave = False
        return bar

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock."""
        super().on_train_start(trainer, pl_module)
        self._began = time.perf_counter()
        self._first_batch = trainer.current_epoch * trainer.num_training_batches

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Counts epochs from 1, as everything else that a person sees."""
        super().on_train_epoch_start(trainer, pl_module)
        self.train_progress_bar.set_description(f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}")

    def get_metrics(
        self, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """Gives what stands behind the bar."""
        assert isinstance(pl_module, TrainingModule)
        shown: dict[str, int | str | float | dict[str, float]] = {}
        shown.update({name: f"{value:.3f}" for name, value in pl_module.terms.means().items()})
        done = trainer.current_epoch * trainer.num_training_batches + self.train_progress_bar.n - self._first_batch
        if done > 0:
            rest = (trainer.max_epochs or 0) * trainer.num_training_batches - self._first_batch - done
            shown["left"] = duration((time.perf_counter() - self._began) / done * rest)
        return shown
