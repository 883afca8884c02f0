"""Where a training is."""

from typing import Any

from lightning.pytorch import Trainer


def position(trainer: Trainer) -> tuple[int, int]:
    """Gives the epochs that are done, and the batches of the next one, if that has begun.

    Args:
        trainer: That runs.
    """
    epoch: Any = trainer.fit_loop.epoch_progress.current
    batch: Any = trainer.fit_loop.epoch_loop.batch_progress.current
    return epoch.processed, batch.processed if epoch.ready > epoch.processed else 0
