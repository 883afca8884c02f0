"""What one process of several does: `python -m tests.end_to_end.several_processes DATA OUTPUT [TRAININGS…]`."""

import json
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import lightning
import lightning.fabric.utilities.registry
import torch
from lightning.pytorch.callbacks import Callback
from tests.narrow_vgg import narrow_vgg
from tests.unpainted import leave_process_unpainted
from torch.distributed import GradBucket
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.futures import Future
from torch.nn.parallel import DistributedDataParallel

from boxwright.structures import Batch
from boxwright.training import train
from boxwright.training.module import TrainingModule

COMMON = {"workers": 0, "logger": "csv", "accelerator": "cpu", "auto_anchor": "off"}
PLAIN_STEPS: dict[str, Any] = {"optimizer": "sgd", "lr": 0.003, "warmup_epochs": 0.0}
SMALL = {"backbone": "test_resnet", "width": 32, "depth": 1}
SYSTEMS: dict[str, dict[str, Any]] = {
    "yolov5n": {"system_options": {"autobalance": True}},
    "yolov8n": {},
    "yolov8n-e2e": {},
    "yolov8n-seg": {},
    "retinanet_r18": {"system_options": SMALL},
    "ssd_tiny": {"canvas": 32},  # one cell: of the last batch, norms get one value over both processes
    "ssd300_light": {"canvas": 300, "system_options": {"backbone": "test_resnet"}},
    "ssd300": {"canvas": 300},
    "fcos_r18": {"system_options": SMALL},
}
IMAGES = 7  # four batches of two, the last of one image: the second process has none in it
COUNTS = (1, 5, 7)
PACKED = ("count7",)


class InFloat64(Callback):
    """Trains in float64, and keeps the weights of the beginning.

    In float32 a network of chance is a bad judge: which negatives are hard, and which side of zero the flat parts of a
    picture lie on, is decided by the last digit, and a tenth of a step follows from it.

    Args:
        path: Of the weights.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def setup(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str) -> None:
        """Widens the weights, before processes share them."""
        assert isinstance(pl_module, TrainingModule)
        pl_module.double()
        pl_module.average.model.double()
        for detector in (pl_module.system.detector, pl_module.average.model):
            detector.register_forward_pre_hook(lambda _, images: tuple(each.double() for each in images))
        if trainer.is_global_zero:
            torch.save(pl_module.state_dict(), self.path)


class Seen(Callback):
    """Keeps which images this process had in its batches.

    Args:
        path: Of the file, without the number of the process.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.learned, self.measured = path, list[int](), list[int]()

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Notes what was learned from."""
        self.learned += [origin.image_id for origin in batch.origins]

    def on_validation_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Notes what was measured."""
        self.measured += [origin.image_id for origin in batch.origins]

    def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Writes them."""
        path = self.path.with_name(f"{self.path.name}-{trainer.global_rank}.json")
        path.write_text(json.dumps([self.learned, self.measured]))


class Averages(Callback):
    """Keeps what this process measures with, and how often gradients travelled in each batch.

    Args:
        folder: Where to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.travels: list[int] = []

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Counts what torch sends."""

        def counted(_: None, bucket: GradBucket) -> Future[torch.Tensor]:
            self.travels[-1] += 1
            return allreduce_hook(None, bucket)  # type: ignore[arg-type]

        assert isinstance(trainer.strategy.model, DistributedDataParallel)
        trainer.strategy.model.register_comm_hook(None, counted)

    def on_train_batch_start(self, *_: object) -> None:
        """Begins a count."""
        self.travels.append(0)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Writes it."""
        assert isinstance(pl_module, TrainingModule)
        kept = {
            "weights": pl_module.average.model.state_dict(),
            "balance": pl_module.system.criterion.state_dict(),
            "travels": self.travels,
        }
        torch.save(kept, self.folder / f"{trainer.global_rank}.pt")


def equal_steps(data: Path, output: Path, **devices: Any) -> None:
    """Takes six steps with every system."""
    output.mkdir(exist_ok=True)
    for system, given in SYSTEMS.items():
        options = {"canvas": 64, **given}
        train(
            data,
            system,
            epochs=1,
            batch_size=2,
            optimization=PLAIN_STEPS | {"nominal_batch": 2},
            output=output,
            name=system,
            callbacks=[InFloat64(output / f"{system}.pt")],
            **COMMON,
            **options,
            **devices,
        )


def each_once(data: Path, output: Path, **devices: Any) -> None:
    """Takes an epoch of numbers of images that two processes cannot share evenly."""
    for count in COUNTS:
        name = f"count{count}"
        folder = data.with_name(name)
        train(
            f"shards:{folder}" if name in PACKED else folder,
            "retinanet_r18",
            epochs=1,
            batch_size=4,
            canvas=64,
            optimization=PLAIN_STEPS | {"nominal_batch": 4},
            augmentation={"mosaic": 0.0},
            system_options=SMALL,
            shard_window=2 if name in PACKED else None,
            output=output,
            name=name,
            callbacks=[InFloat64(output / f"{name}.pt"), Seen(output / name)],
            **COMMON,
            **devices,
        )


def shared_numbers(data: Path, output: Path, **devices: Any) -> None:
    """Trains on images of which most have no object and whose number does not divide; gradients are accumulated."""
    train(
        data.with_name("odd"),
        "yolov5n",
        epochs=2,
        batch_size=2,
        canvas=64,
        optimization={"nominal_batch": 4, "warmup_epochs": 0.0},
        system_options={"autobalance": True},
        checkpoint_every=1,
        log_objects="csv",
        output=output,
        name="odd",
        callbacks=[Averages(output)],
        **COMMON,
        **devices,
    )


def going_on(_data: Path, output: Path, **devices: Any) -> None:
    """Goes on with a run of one process."""
    del devices["sync_batchnorm"]  # which it was begun without
    train(resume=output / "begun_alone", epochs=2, **devices)


def quick() -> None:
    """Leaves out what takes time in a short training and is not looked at: figures, and a search for plugins."""
    lightning.fabric.utilities.registry.entry_points = cache(entry_points)
    leave_process_unpainted()


TRAININGS: dict[str, Callable[..., None]] = {
    training.__name__: training for training in (equal_steps, each_once, shared_numbers, going_on)
}


if __name__ == "__main__":
    sys.modules["wandb"] = None  # type: ignore[assignment]  # timm imports it where it can, which takes a second
    quick()
    narrow_vgg()
    given = dict(word.split("=") for word in sys.argv[3:] if "=" in word)
    places = {"devices": int(given["devices"]), "nodes": int(given["nodes"]), "strategy": "ddp"}
    for name in (word for word in sys.argv[3:] if "=" not in word):
        TRAININGS[name](Path(sys.argv[1]), Path(sys.argv[2]), sync_batchnorm=True, **places)
