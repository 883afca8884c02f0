"""What one process of several does: `python -m tests.end_to_end.several_processes DATA OUTPUT [TRAININGS…]`."""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from boxwright.errors import Terminated
from boxwright.training import train
from boxwright.training.module import TrainingModule

COMMON = {"workers": 0, "logger": "csv", "accelerator": "cpu", "auto_anchor": "off"}
PLAIN_STEPS: dict[str, Any] = {"optimizer": "sgd", "lr": 0.01, "nominal_batch": 4, "warmup_epochs": 0.0}
SYSTEMS: dict[str, dict[str, Any]] = {
    "yolov5n": {"canvas": 64, "system_options": {"autobalance": True}},
    "yolov8n": {"canvas": 64},
    "yolov8n-e2e": {"canvas": 64},
    "yolov8n-seg": {"canvas": 64},
    "retinanet_r18": {"canvas": 64, "system_options": {"width": 32, "depth": 1}},
    "ssd_tiny": {"canvas": 64},
    "ssd300_light": {"lr": 0.001},  # ten times that overshoots, and what overshoots multiplies the last digits
    "fcos_r18": {"canvas": 64, "system_options": {"width": 32, "depth": 1}},
}


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


class Averages(Callback):
    """Keeps what this process measures with.

    Args:
        folder: Where to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Writes it."""
        assert isinstance(pl_module, TrainingModule)
        kept = {"weights": pl_module.average.model.state_dict(), "balance": pl_module.system.criterion.state_dict()}
        torch.save(kept, self.folder / f"{trainer.global_rank}.pt")


def equal_steps(data: Path, output: Path, **devices: Any) -> None:
    """Takes six steps with every system."""
    output.mkdir(exist_ok=True)
    for system, given in SYSTEMS.items():
        options = dict(given)
        train(
            data,
            system,
            epochs=3,
            batch_size=4,
            evaluate_every=3,
            optimization=PLAIN_STEPS | {"lr": options.pop("lr", PLAIN_STEPS["lr"])},
            output=output,
            name=system,
            callbacks=[InFloat64(output / f"{system}.pt")],
            **COMMON,
            **options,
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
        optimization={"nominal_batch": 4},
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


def told_to_end(data: Path, output: Path, **devices: Any) -> None:
    """Is told to end ten times, now the one process and now the other, at any moment."""

    class Tells(Callback):
        def __init__(self, number: int) -> None:
            self.number = number

        def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            if trainer.global_rank == self.number % 2:
                kind = signal.SIGINT if self.number % 3 == 0 else signal.SIGTERM
                delay = random.Random(self.number).random() * self.number / 5
                threading.Timer(delay, os.kill, (os.getpid(), kind)).start()

    run = output / "told"
    begins = {"data": data, "epochs": 999, "batch_size": 4, "canvas": 64, "output": output, "name": "told", **COMMON}
    for number in range(10):
        try:
            train(callbacks=[Tells(number)], **({"resume": run} if number else begins | devices))
        except KeyboardInterrupt as ended:
            is_terminated = isinstance(ended, Terminated)
            print(f"try {number}: {'terminated' if is_terminated else 'interrupted'}", flush=True)


def broken_image(data: Path, output: Path, **devices: Any) -> None:
    """Comes upon a file that is broken since the training began."""

    class Breaks(Callback):
        def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            if trainer.current_epoch == 1 and trainer.is_global_zero:
                (data / "train" / "1.png").write_bytes(b"broken")

    options = {"canvas": 64, "augmentation": {"mosaic": 0.0}, **COMMON}
    train(data, epochs=3, batch_size=4, output=output, name="broken", callbacks=[Breaks()], **options, **devices)


TRAININGS: dict[str, Callable[..., None]] = {
    training.__name__: training for training in (equal_steps, shared_numbers, going_on, told_to_end, broken_image)
}


if __name__ == "__main__":
    given = dict(word.split("=") for word in sys.argv[3:] if "=" in word)
    places = {"devices": int(given["devices"]), "nodes": int(given["nodes"]), "strategy": "ddp"}
    for name in (word for word in sys.argv[3:] if "=" not in word):
        TRAININGS[name](Path(sys.argv[1]), Path(sys.argv[2]), sync_batchnorm=True, **places)
