"""The loss of every object at every step."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from boxwright.criterion import Attribution
from boxwright.data import Dataset, RamCache, TableDataset
from boxwright.errors import ConfigError
from boxwright.run_files.object_files import LOSS_PREFIX, ObjectFile, ObjectFormat, forget_after, open_object_file
from boxwright.run_files.run_directory import RunDirectory
from boxwright.structures import Assignment, Batch, Targets
from boxwright.training.module import TrainingModule


class ObjectLog:
    """Writes one row per target and step: its annotation, positives, their quality, and share of every loss.

    A GPU is not made to wait: what a step found travels to the host while the next one begins, and is written then.

    Args:
        file: Takes the rows.
        dataset: That the batches come from; says what an annotation is.
    """

    def __init__(self, file: ObjectFile, dataset: Dataset) -> None:
        self.file = file
        self._annotations = _Annotations(_without_masks(dataset))
        self._pending: list[_Step] = []

    def add(self, epoch: int, step: int, targets: Targets, assignment: Assignment, attribution: Attribution) -> None:
        """Takes what a step found, and writes what the last one did.

        Args:
            epoch: From 1.
            step: Batch of the whole training, from 1.
            targets: The objects, traced to their annotations; ignored regions are left out.
            assignment: The sampled pairs.
            attribution: The shares of the targets.
        """
        assert targets.annotation is not None, "the loader of a training traces objects"
        pairs = torch.ones_like(assignment.target)
        positives = torch.zeros_like(targets.labels).index_add_(0, assignment.target, pairs)
        numbers = torch.column_stack((targets.annotation, targets.labels, positives, targets.ignore))
        quality = assignment.quality.new_zeros(len(targets)).index_add_(0, assignment.target, assignment.quality)
        losses = torch.stack([quality, *attribution.targets.values()], dim=1)
        waits = losses.device.type == "cuda"
        host = [values.detach().to("cpu", non_blocking=waits) for values in (numbers, losses)]
        arrived = torch.cuda.Event() if waits else None
        if arrived is not None:
            arrived.record()
        self._write()
        self._pending.append(_Step(epoch, step, tuple(attribution.targets), host[0], host[1], arrived))
        if not waits:
            self._write()

    def finish(self) -> None:
        """Writes everything that is known."""
        self._write()
        self.file.finish()

    def _write(self) -> None:
        pending, self._pending = self._pending, []
        for step in pending:
            if step.arrived is not None:
                step.arrived.synchronize()
            numbers = step.numbers.numpy()
            kept = numbers[:, 4] == 0
            if kept.any():
                self._write_step(step, numbers[kept], step.losses.numpy()[kept])

    def _write_step(self, step: "_Step", numbers: np.ndarray, losses: np.ndarray) -> None:
        position, row, label, positives, _ = numbers.T.tolist()
        known = [self._annotations[each] for each in position]
        corners = np.stack([one.boxes[each] for one, each in zip(known, row, strict=True)]).T.tolist()
        categories = self._annotations.dataset.categories
        self.file.add(
            {
                "epoch": [step.epoch] * len(row),
                "step": [step.step] * len(row),
                "image_id": [one.image_id for one in known],
                "image": [one.image for one in known],
                "position": position,
                "row": row,
                "label": label,
                "category": [categories[each] for each in label],
                **dict(zip(("x1", "y1", "x2", "y2"), corners, strict=True)),
                "positives": positives,
                "quality": losses[:, 0].tolist(),
                **dict(zip((f"{LOSS_PREFIX}{name}" for name in step.names), losses.T[1:].tolist(), strict=True)),
            }
        )


class ObjectRecord(Callback):
    """Keeps an `ObjectLog` of a training.

    Args:
        run: Where the files go.
        dataset: What is trained on.
        kind: Format of the files.
    """

    def __init__(self, run: RunDirectory, dataset: Dataset, kind: ObjectFormat) -> None:
        self.run, self.dataset, self.kind = run, dataset, kind
        self._log: ObjectLog | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Opens the file of this process; what a run that goes on will do again is forgotten."""
        assert isinstance(pl_module, TrainingModule)
        folder = RunDirectory(Path(trainer.strategy.broadcast(str(self.run.path)))).objects
        if trainer.is_global_zero:
            epochs, batches = pl_module.position_at_start
            forget_after(folder, epochs * pl_module.batches_per_epoch + batches)
        trainer.strategy.barrier()
        self._log = ObjectLog(open_object_file(folder, trainer.global_rank, self.kind), self.dataset)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: Batch, batch_idx: int
    ) -> None:
        """Takes what the step found."""
        assert isinstance(pl_module, TrainingModule)
        found = pl_module.attributed
        assert self._log is not None
        if found is None:
            raise ConfigError(
                f"The losses of objects were asked for, but {type(pl_module.system.criterion).__name__} gave no "
                "attribution of them. Fill Outcome.attribution where `run` gets attribute=True, or train without."
            )
        step = trainer.current_epoch * pl_module.batches_per_epoch + batch_idx + 1
        self._log.add(trainer.current_epoch + 1, step, batch.targets, *found)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Completes the files, before the checkpoint is written."""
        assert self._log is not None
        self._log.finish()


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step found, on its way to the host: annotation, label, positives, ignore; and quality and the losses."""

    epoch: int
    step: int
    names: tuple[str, ...]
    numbers: Tensor
    losses: Tensor
    arrived: torch.cuda.Event | None


@dataclass(frozen=True, slots=True)
class _Annotated:
    image_id: int
    image: str
    boxes: np.ndarray


class _Annotations:
    """What the rows say of an image; looked up in the data set once."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._known: dict[int, _Annotated] = {}

    def __getitem__(self, position: int) -> _Annotated:
        known = self._known.get(position)
        if known is None:
            truth = self.dataset.truth(position)
            known = _Annotated(truth.origin.image_id, truth.origin.path or "", truth.boxes.numpy())
            self._known[position] = known
        return known


def _without_masks(dataset: Dataset) -> Dataset:
    """Gives the same data set without masks where these would be drawn for nothing."""
    part = dataset.dataset if isinstance(dataset, RamCache) else dataset
    if not isinstance(part, TableDataset):
        return dataset
    return replace(part, table=replace(part.table, segmentations=None))
