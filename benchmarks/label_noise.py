"""Finds labels that were made wrong on purpose, by the loss of every object and by the confidence of predictions.

A share of the labels of the train split is changed at random: half of them get another class, the others a box that is
shifted by half its width or height. A detector is trained on them, and two kinds of suspicion are compared: the
standing of the object's losses during the training (`rank_objects`), and how sure the trained detector is of the label
in its own train images. Printed are the precision among as many objects as are wrong, and the area under the ROC curve.

python -m benchmarks.label_noise DATA --canvas 320 --epochs 60 --output runs/label_noise
"""

import argparse
import dataclasses
import json
import os
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from boxwright.data import TableDataset, open_dataset, read_source
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.coco.writer import IMAGES, write_coco
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.part import Part
from boxwright.evaluation import measure
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.inspection.losses.ranking import PER, TOTAL, WORST, rank_objects
from boxwright.systems import load_model
from boxwright.training import train

RIGHT, CLASS, SHIFT = 0, 1, 2
MATCH_IOU = 0.5


@dataclass(frozen=True)
class Verdict:
    """How well a suspicion finds wrong labels."""

    name: str
    precision: float
    area: float
    area_of_classes: float
    area_of_shifts: float


def with_wrong_labels(
    table: AnnotationTable, share: float, classes: int, seed: int
) -> tuple[AnnotationTable, np.ndarray]:
    """Changes a share of the labels; gives what was done to each. Ignored regions stay."""
    rng = np.random.default_rng(seed)
    candidates = np.flatnonzero(~table.ignore)
    chosen = rng.permutation(candidates)[: round(share * len(candidates))]
    kinds, labels, boxes = np.zeros(len(table.labels), dtype=np.int64), table.labels.copy(), table.boxes.copy()
    image = np.repeat(np.arange(len(table)), np.diff(table.offsets))
    for number, row in enumerate(chosen.tolist()):
        if number % 2 and classes > 1:
            kinds[row], labels[row] = CLASS, (labels[row] + rng.integers(1, classes)) % classes
        else:
            kinds[row], boxes[row] = SHIFT, shifted(boxes[row], tuple(table.sizes[image[row]].tolist()), rng)
    return dataclasses.replace(table, labels=labels, boxes=boxes, segmentations=None), kinds


def shifted(box: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Moves a box by half a side, along x or y, to where more of it stays in the image."""
    axis = int(rng.integers(2))
    step = (box[axis + 2] - box[axis]) / 2
    room = (box[axis], size[1 - axis] - box[axis + 2])
    sign = 1 if room[1] > room[0] else -1
    if min(room) >= step:
        sign = int(rng.choice((-1, 1)))
    moved = box.copy()
    moved[[axis, axis + 2]] = (box[[axis, axis + 2]] + sign * step).clip(0, size[1 - axis])
    return moved


def write_noisy(data: str, folder: Path, share: float, seed: int) -> np.ndarray:
    """Writes the data set with wrong labels in train; gives what was done to each of them."""
    parts, kinds = [], np.zeros(0, dtype=np.int64)
    for split in ("train", "val"):
        reading = read_source(data, split)  # type: ignore[arg-type]
        reading.faults.settle("error")
        table = reading.table
        if split == "train":
            table, kinds = with_wrong_labels(table, share, len(reading.categories), seed)
        names = tuple(f"{number:06d}{Path(path.decode()).suffix}" for number, path in enumerate(table.paths))
        part = Part(split, table, reading.categories, reading.category_ids, names, has_ids=False)  # type: ignore[arg-type]
        images = folder / IMAGES.format(split=split)
        images.mkdir(parents=True)
        for number, name in enumerate(names):
            os.symlink(os.path.abspath(part.path(number)), images / name)
        parts.append(part)
    write_coco(parts, folder, Losses())
    written = opened(folder)
    assert (written.table.labels == parts[0].table.labels).all(), "the rows changed their order"
    return kinds


def opened(folder: Path) -> TableDataset:
    dataset = open_dataset(folder, "train")
    assert isinstance(dataset, TableDataset)
    return dataset


def suspicions_by_loss(run: Path, data: TableDataset) -> dict[str, np.ndarray]:
    """Gives the score of every row of the annotations, by several ways to look at the losses."""
    names = list(rank_objects(run)[0].losses)
    ways: dict[str, dict[str, Any]] = {"loss (default)": {}}
    for name, per, within_class in product((WORST, TOTAL, *names), PER, (False, True)):
        way = f"{name} per {per}{', within class' if within_class else ''}"
        ways[way] = {"by": name, "per": per, "within_class": within_class}
    scores = {}
    for way, options in ways.items():
        values = np.full(len(data.table.labels), 0.5)  # what was never seen
        for each in rank_objects(run, **options):
            values[data.table.offsets[each.position] + each.row] = each.score
        scores[way] = values
    return scores


def suspicions_by_confidence(model: Path, data: TableDataset, device: str) -> dict[str, np.ndarray]:
    """Gives 1 - confidence of every label: of the prediction of its class that overlaps it best, and of the surest one
    that overlaps it by at least one half."""
    system, card = load_model(model, device)
    found = measure(system, data, card.canvas_size, device=device).detections
    best, surest = [], []
    for position in range(len(data)):
        truth = data.truth(position)
        seen = found[truth.origin.image_id]
        overlaps = pairwise_iou(truth.boxes, seen.boxes.float())
        overlaps[truth.labels[:, None] != seen.labels[None]] = 0
        scores = torch.cat((seen.scores.float(), torch.zeros(1)))
        padded = torch.cat((overlaps, torch.zeros(len(truth), 1)), dim=1)
        highest, place = padded.max(dim=1)
        best.append(1 - scores[place] * (highest > 0))
        surest.append(1 - (scores * (padded >= MATCH_IOU)).amax(dim=1))
    return {
        "confidence of the best overlap": torch.cat(best).numpy(),
        f"confidence at IoU of {MATCH_IOU:g} or more": torch.cat(surest).numpy(),
    }


def judged(name: str, scores: np.ndarray, kinds: np.ndarray) -> Verdict:
    return Verdict(
        name,
        precision_at_top(scores, kinds != RIGHT),
        *(
            area_under_curve(scores[chosen], kinds[chosen] != RIGHT)
            for chosen in (kinds >= RIGHT, kinds != SHIFT, kinds != CLASS)
        ),
    )


def precision_at_top(scores: np.ndarray, is_wrong: np.ndarray) -> float:
    """Share of wrong labels among as many of the highest scores; equal scores in random order."""
    number = int(is_wrong.sum())
    limit = np.sort(scores)[len(scores) - number] if number else np.inf
    above, at = scores > limit, scores == limit
    left = number - int(above.sum())
    return float((is_wrong[above].sum() + left * is_wrong[at].mean()) / number) if number else float("nan")


def area_under_curve(scores: np.ndarray, is_wrong: np.ndarray) -> float:
    """Chance that a wrong label has a higher score than a right one; equal scores count half."""
    right = np.sort(scores[~is_wrong])
    below, upto = (np.searchsorted(right, scores[is_wrong], side) for side in ("left", "right"))
    return float((below + upto).mean() / (2 * len(right))) if is_wrong.any() and len(right) else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--system", default="yolov8n")
    parser.add_argument("--canvas", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--accelerator", default="auto")
    parser.add_argument("--output", type=Path, default=Path("runs/label_noise"))
    parser.add_argument("--run", type=Path, help="a run of this script to judge again, without training")
    flags = parser.parse_args()
    folder = flags.output / "data"
    if flags.run is None:
        kinds = write_noisy(flags.data, folder, flags.share, flags.seed)
        np.save(flags.output / "kinds.npy", kinds)
        names = ("system", "canvas", "epochs", "batch_size", "seed", "workers", "accelerator")
        settings = {name: getattr(flags, name) for name in names}
        run = train(str(folder), **settings, log_objects="csv", output=str(flags.output), name="train").directory
    else:
        kinds, run = np.load(flags.output / "kinds.npy"), flags.run
    data, device = opened(folder), "cuda" if torch.cuda.is_available() else "cpu"
    counted = ~data.table.ignore
    scores = suspicions_by_loss(run, data) | suspicions_by_confidence(run, data, device)
    verdicts = [judged(name, values[counted], kinds[counted]) for name, values in scores.items()]
    print(
        f"{(kinds != RIGHT).sum()} of {counted.sum()} labels are wrong: {(kinds == CLASS).sum()} classes, "
        f"{(kinds == SHIFT).sum()} boxes. Precision among as many; area under the ROC curve: all, classes, boxes."
    )
    for each in verdicts:
        print(
            f"{each.name:<36}{each.precision:>8.3f}{each.area:>8.3f}{each.area_of_classes:>8.3f}{each.area_of_shifts:>8.3f}"
        )
    (flags.output / "verdicts.json").write_text(json.dumps([dataclasses.asdict(each) for each in verdicts], indent=2))


if __name__ == "__main__":
    main()
