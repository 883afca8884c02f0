"""Trains a system with and without --compile, and compares what is left; run as a process of its own.

The graphs, their guards and their gradients are the compiler's; only the step that makes machine code is left out,
which takes minutes.
"""

import csv
import sys
import warnings
from functools import partialmethod
from pathlib import Path

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch._dynamo.utils import counters

from boxwright import train
from boxwright.systems import load_model

warnings.filterwarnings("ignore")


def names_and_shapes(run: Path) -> dict[str, torch.Size]:
    checkpoint = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    saved = {"weights": checkpoint["state_dict"], "average": checkpoint["average"]["weights"]}
    saved["model"] = load_model(run / "weights" / "last.safetensors")[0].detector.state_dict()
    return {f"{kind} {name}": value.shape for kind, values in saved.items() for name, value in values.items()}


def figures(run: Path) -> list[float]:
    with (run / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [float(row[name]) for row in rows for name in row if name.split("_")[-1] in ("box", "class", "mask", "dfl")]


class OneStep(Callback):
    """Ends a training after its next step."""

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: object) -> None:
        """Tells it."""
        trainer.should_stop = True


def main(name: str, canvas: str, data: str, output: str) -> None:
    plain_compile = torch.nn.Module.compile
    torch.nn.Module.compile = partialmethod(plain_compile, backend="aot_eager")  # type: ignore[assignment]
    how = {"canvas": int(canvas), "batch_size": 2, "workers": 0, "logger": "csv", "accelerator": "cpu"}
    plain = train(data, name, epochs=1, output=output, name="plain", **how).directory
    assert not counters["stats"]["unique_graphs"]
    compiled = train(data, name, epochs=1, output=output, name="compiled", compile=True, **how).directory
    assert counters["stats"]["unique_graphs"]
    assert names_and_shapes(compiled) == names_and_shapes(plain)
    wanted, found = figures(plain), figures(compiled)
    assert wanted, "no losses to compare"
    torch.testing.assert_close(torch.tensor(found), torch.tensor(wanted), rtol=1e-3, atol=1e-4)
    counters.clear()
    torch.nn.Module.compile = partialmethod(plain_compile, backend="eager")  # type: ignore[assignment]
    train(resume=str(compiled), epochs=2, callbacks=[OneStep()])  # the gradients of graphs were compared above
    assert counters["stats"]["unique_graphs"]
    assert names_and_shapes(compiled) == names_and_shapes(plain)
    print("the same")


main(*sys.argv[1:])
