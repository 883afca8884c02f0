"""What a start from weights is worth: few images, from nothing, from another task, and from published weights.

A detector is trained on the first data set for as long as it takes; then on every second training image of the other,
from nothing and from what the first training left, with each seed. Printed is a table in Markdown with what was taken
over. Further starts (files, or names that `boxwright weights` lists) are trained with the system that they belong to.

python -m benchmarks.start_from_weights DEEPPCB BCCD --canvas 320 --epochs 20 --output runs/start
python -m benchmarks.start_from_weights DEEPPCB BCCD --further retinanet_r50=torchvision:resnet50
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

from boxwright.data import open_dataset
from boxwright.structures import GroundTruth, Sample
from boxwright.systems import read_card
from boxwright.training import train


class EverySecond:
    """Half of a data set."""

    def __init__(self, source: str, step: int = 2) -> None:
        self.dataset, self.step = open_dataset(source, "train"), step
        self.categories, self.category_ids = self.dataset.categories, self.dataset.category_ids

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.step)

    def __getitem__(self, position: int) -> Sample:
        return self.dataset[range(0, len(self.dataset), self.step)[position]]

    def truth(self, position: int) -> GroundTruth:
        return self.dataset.truth(range(0, len(self.dataset), self.step)[position])


def scores(data: str, seeds: int, system: str, weights: str | None, settings: dict[str, Any]) -> list[float]:
    """Trains with every seed; gives the AP of the best weights."""
    found = []
    for seed in range(seeds):
        parts = (EverySecond(data), open_dataset(data, "val"))
        result = train(parts, system, seed=seed, weights=weights, **settings)
        assert result.report is not None
        found.append(result.report.ap)
    return found


def row(name: str, found: list[float], taken: str) -> str:
    """Writes a line of the table."""
    spread = statistics.stdev(found) if len(found) > 1 else 0.0
    each = ", ".join(f"{value:.3f}" for value in found)
    return f"| {name} | {statistics.mean(found):.3f} ± {spread:.3f} | {each} | {taken} |"


def main() -> None:
    """Trains and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("first", help="data set that the weights are trained on")
    parser.add_argument("second", help="data set with few images")
    parser.add_argument("--system", default="yolov8n")
    parser.add_argument("--further", nargs="*", default=[], help="SYSTEM=WEIGHTS, also SYSTEM= for nothing")
    parser.add_argument("--canvas", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--first-epochs", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=8, help="images of a step; few images need many steps")
    parser.add_argument("--output", default="runs/start")
    arguments = parser.parse_args()
    shared: dict[str, Any] = {
        "canvas": arguments.canvas,
        "output": arguments.output,
        "batch_size": arguments.batch_size,
        "optimization": {"nominal_batch": arguments.batch_size},
        "cache": "ram",
    }
    source = Path(arguments.output) / "first"
    if not source.exists():
        source = train(
            arguments.first, arguments.system, epochs=arguments.first_epochs, name="first", **shared
        ).directory
    starts = [("nothing", arguments.system, None), (f"{Path(arguments.first).name}", arguments.system, str(source))]
    starts += [
        (name or "nothing", system, name or None) for system, _, name in (s.partition("=") for s in arguments.further)
    ]
    print("| start | AP | by seed | taken over |\n|---|---|---|---|")
    for name, system, weights in starts:
        label = f"{system} from {name}"
        found = scores(arguments.second, arguments.seeds, system, weights, shared | {"epochs": arguments.epochs})
        runs = sorted(
            Path(arguments.output).glob("train*/weights/best.safetensors"), key=lambda path: path.stat().st_mtime
        )
        print(row(label, found, str(read_card(runs[-1]).provenance.get("taken over", "–"))), flush=True)


if __name__ == "__main__":
    main()
