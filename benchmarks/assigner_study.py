"""What assigners and box losses are worth: the same network, data and budget, one part exchanged, several seeds.

Three tables in Markdown: assigners on every data set; losses of boxes on the first one; and YOLOv8 with a second head,
which needs no suppression, beside the one that does. Every run that ends adds a line to OUTPUT/results.jsonl, and is
not done again; so a study can be stopped at any time, and `--print` prints what there is. Seeds come last, so
that every table is whole after the first one.

In yolov8n a point stands for a square: max-IoU compares objects with one of a stride, ATSS with one of eight strides,
as its paper does. Everything runs in this process (`--workers 0`), with as many threads as OMP_NUM_THREADS says.

python -m benchmarks.assigner_study DEEPPCB BCCD --canvas 320 --epochs 30 --seeds 2 --output runs/assigner_study
"""

import argparse
import csv
import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from boxwright.criterion import Criterion
from boxwright.data import Dataset, open_dataset
from boxwright.evaluation import measure
from boxwright.inference import network_input
from boxwright.structures import Batch, GroundTruth, Sample
from boxwright.systems import load_model
from boxwright.training import train

PLAIN, TWO_HEADS = "yolov8n", "yolov8n-e2e"
ASSIGNERS = {"task_aligned": "TAL (yolov8n)", "atss": "ATSS", "sim_ota": "SimOTA", "max_iou": "max-IoU", "fcos": "FCOS"}
BOX_LOSSES = {"ciou": "CIoU (yolov8n)", "siou": "SIoU", "eiou": "EIoU", "wise_iou": "Wise-IoU v3", "nwd": "NWD"}
OWN = ("task_aligned", "ciou")  # what yolov8n has by itself; it is trained once for all tables
TABLES = ("assigners", "box_losses", "heads")
WITH, WITHOUT = 0.7, 1.0  # an overlap from which a box is suppressed, and one that none exceeds
FEW = 10  # batches of the last epoch whose times are taken

Numbers = dict[str, float]


@dataclass(frozen=True)
class Run:
    """One training of the study."""

    data: str
    system: str
    part: str  # "" for what the system has by itself
    seed: int

    @property
    def parts(self) -> dict[str, str]:
        """As a training takes it."""
        role = "assigner" if self.part in ASSIGNERS else "box_loss"
        return {role: self.part} if self.part else {}


class First:
    """So many images of a data set."""

    def __init__(self, dataset: Dataset, number: int) -> None:
        self.dataset, self.number = dataset, min(number, len(dataset))
        self.categories, self.category_ids = dataset.categories, dataset.category_ids

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, position: int) -> Sample:
        return self.dataset[position]

    def truth(self, position: int) -> GroundTruth:
        return self.dataset.truth(position)


class Times(Callback):
    """Takes the time of assignment and postprocessing on a few batches of the last epoch, beside the training.

    It is processor time: on a machine that others use too, the clock on the wall says little.
    """

    def __init__(self) -> None:
        self.assign: list[float] = []  # milliseconds per step
        self.suppress: dict[float, list[float]] = {WITH: [], WITHOUT: []}  # milliseconds per image

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: object, batch: Batch, batch_idx: int
    ) -> None:
        if trainer.current_epoch + 1 < (trainer.max_epochs or 0) or batch_idx >= FEW:
            return
        system: Any = pl_module.system
        was_training = [(module, module.training) for module in system.detector.modules()]
        system.detector.eval()  # so that no statistic moves
        with torch.no_grad():
            images = network_input(system, batch.images)
            predictions = system.detector(images)
            priors = system.prior_generator(tuple(batch.images.shape[2:]), batch.images.device)
            if isinstance(system.criterion, Criterion):
                self.assign.append(milliseconds(lambda: system.criterion.assign(predictions, priors, batch.targets)))
            for threshold, found in self.suppress.items():
                process = replace(system.postprocessor, iou_threshold=threshold)
                found.append(milliseconds(lambda p=process: p(predictions, priors, batch.origins)) / len(batch))
        for module, is_training in was_training:
            module.training = is_training

    def numbers(self) -> Numbers:
        """Medians."""
        names = {"assign": self.assign, "with_ms": self.suppress[WITH], "without_ms": self.suppress[WITHOUT]}
        return {name: statistics.median(found) for name, found in names.items() if found}


def milliseconds(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return (time.process_time() - began) * 1e3


def runs_of(tables: list[str], data: list[str], seeds: int) -> Iterator[Run]:
    """Every run of some tables once, seed by seed."""
    wanted: dict[Run, None] = {}
    for seed in range(seeds):
        for table in tables:
            for place in data[:1] if table == "box_losses" else data:
                wanted |= {Run(place, system, part, seed): None for _, system, part in rows_of(table)}
    return iter(wanted)


def rows_of(table: str) -> list[tuple[str, str, str]]:
    """Title, system and part of every row of a table."""
    if table == "heads":
        return [(PLAIN, PLAIN, ""), (TWO_HEADS, TWO_HEADS, "")]
    names = ASSIGNERS if table == "assigners" else BOX_LOSSES
    return [(title, PLAIN, "" if name in OWN else name) for name, title in names.items()]


class Study:
    """Trains what is not in the file of results yet."""

    def __init__(self, output: Path, settings: dict[str, Any], images: int | None) -> None:
        self.output, self.settings, self.images = output, settings, images
        self.file = output / "results.jsonl"
        lines = self.file.read_text().splitlines() if self.file.is_file() else []
        self.results: dict[str, Numbers] = {}
        for line in lines:
            read = json.loads(line)
            self.results[self._name(read["run"], read["settings"])] = read["numbers"]

    def found(self, run: Run) -> Numbers | None:
        """The numbers of a run with these settings; None if it did not end yet."""
        return self.results.get(self._name(vars(run), self._budget))

    def do(self, run: Run) -> None:
        """Trains and measures, and writes the line; what a run that was stopped left goes."""
        folder = self.output / "-".join(
            (Path(run.data).name.replace(":", "_"), run.system, run.part or "own", str(run.seed))
        )
        shutil.rmtree(folder, ignore_errors=True)
        splits = [open_dataset(run.data, split) for split in ("train", "val")]  # type: ignore[arg-type]
        data = tuple(First(each, self.images) if self.images else each for each in splits)
        times = Times()
        settings = self.settings | {"parts": run.parts, "seed": run.seed, "output": str(folder)}
        result = train(data, run.system, callbacks=[times], **settings)  # type: ignore[arg-type]
        assert result.report is not None
        with (result.directory / "metrics.csv").open() as file:
            last = list(csv.DictReader(file))[-1]
        numbers = {"ap": result.report.ap, "ap_small": result.report.ap_small, **times.numbers()}
        numbers |= {name: float(last[name]) for name in ("without_positive", "positives")}
        numbers |= self._suppressed_or_not(result.best_model, data[1]) if not run.part else {}
        line = {"run": vars(run), "settings": self._budget, "numbers": numbers}
        with self.file.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self.results[self._name(vars(run), self._budget)] = numbers

    def _suppressed_or_not(self, model: Path, val: Any) -> Numbers:
        """The AP of one model with suppression and without."""
        system, card = load_model(model)
        found = {}
        for name, threshold in (("with_ap", WITH), ("without_ap", WITHOUT)):
            changed = replace(system, postprocessor=replace(system.postprocessor, iou_threshold=threshold))
            found[name] = measure(changed, val, card.canvas_size, workers=self.settings["workers"]).report.ap
        return found

    @property
    def _budget(self) -> dict[str, Any]:
        return {name: self.settings[name] for name in ("canvas", "epochs", "batch_size")} | {"images": self.images}

    @staticmethod
    def _name(run: dict[str, Any], budget: dict[str, Any]) -> str:
        return json.dumps([run, budget], sort_keys=True)


def spread(values: list[float], digits: int = 3) -> str:
    """Mean, and what seeds differ by."""
    text = f"{statistics.mean(values):.{digits}f}"
    return f"{text} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else text


COLUMNS: dict[str, dict[str, tuple[str, int]]] = {
    "assigners": {
        "AP": ("ap", 3),
        "AP small": ("ap_small", 3),
        "without a positive": ("without_positive", 3),
        "positives per object": ("positives", 1),
        "assignment, ms per step": ("assign", 1),
    },
    "box_losses": {"AP": ("ap", 3), "AP small": ("ap_small", 3)},
    "heads": {
        "AP, suppressed": ("with_ap", 3),
        "AP, not suppressed": ("without_ap", 3),
        "postprocessing, ms per image, suppressed": ("with_ms", 2),
        "not suppressed": ("without_ms", 2),
    },
}


def table_text(name: str, data: str, study: Study, seeds: int) -> str:
    """A table in Markdown; rows without a run are left out."""
    columns = COLUMNS[name]
    lines = [f"**{name.replace('_', ' ')}, {Path(data).name}**", "", f"| | {' | '.join(columns)} | seeds |"]
    lines.append("|---" * (len(columns) + 2) + "|")
    for title, system, part in rows_of(name):
        numbers = [study.found(Run(data, system, part, seed)) for seed in range(seeds)]
        there = [each for each in numbers if each is not None]
        if there:
            cells = [spread([each[key] for each in there], digits) for key, digits in columns.values()]
            lines.append(f"| {title} | {' | '.join(cells)} | {len(there)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets; losses of boxes are tried on the first one")
    parser.add_argument("--only", nargs="*", choices=TABLES, default=list(TABLES))
    parser.add_argument("--canvas", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--images", type=int, help="the first so many images of train and val only")
    parser.add_argument("--print", action="store_true", help="print what there is, train nothing")
    parser.add_argument("--output", type=Path, default=Path("runs/assigner_study"))
    flags = parser.parse_args()
    flags.output.mkdir(parents=True, exist_ok=True)
    settings = {name: getattr(flags, name) for name in ("canvas", "epochs", "batch_size", "workers")}
    study = Study(flags.output, settings | {"cache": "ram"}, flags.images)
    for run in () if flags.print else runs_of(flags.only, flags.data, flags.seeds):
        if study.found(run) is None:
            study.do(run)
    for name in flags.only:
        for data in flags.data[:1] if name == "box_losses" else flags.data:
            print(f"\n{table_text(name, data, study, flags.seeds)}", flush=True)


if __name__ == "__main__":
    main()
