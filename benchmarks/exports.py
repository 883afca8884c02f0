"""Whether exported files find what the models find: every model in every format, shape and kind of suppression.

Each file is written as `boxwright export` writes it, and runs beside its model over the same images, from pixels to
boxes. Every file has a line in OUTPUT/files.jsonl; those that are there are not made again. Printed is a table in
Markdown, with the worst of each model and format; raw outputs are those of files without suppression: every score, and
the boxes of priors above 0.05 in canvas pixels.

python -m benchmarks.exports yolov8n.safetensors runs/train --data sample:bccd path/to/nuclei --output runs/exports
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from boxwright import export
from boxwright.data import Dataset, evaluation_loader, open_dataset
from boxwright.data.loading.kept_images import KeptImages
from boxwright.errors import BoxwrightError
from boxwright.evaluation.measurement import score
from boxwright.exporting.checking.check import TOLERANCES
from boxwright.exporting.checking.comparison import Comparison, compare
from boxwright.exporting.checking.raw_outputs import RawDifference, raw_difference
from boxwright.inference import Runner, load_program
from boxwright.inference.program_network import ProgramNetwork
from boxwright.inference.program_system import ProgramSystem
from boxwright.structures import Batch, Detections
from boxwright.systems import ModelCard, System, load_model

FORMATS = {"onnx": "ONNX", "openvino": "OpenVINO", "torch": "torch.export"}
NOTHING = Comparison(0, 0, 0.0, 0.0)
AT_ONCE = 4


@dataclass(frozen=True)
class Case:
    """One file: how it is exported, and the canvas that it runs on."""

    format: str
    shape: str
    nms: str
    precision: str
    settings: dict[str, Any]
    canvas: tuple[int, int]

    @property
    def key(self) -> str:
        return f"{self.format} {self.shape} {self.nms} {self.precision}"


def cases(system: System, card: ModelCard, formats: list[str]) -> Iterator[Case]:
    """Gives four shapes with and without suppression in each format, and one of float16 each."""
    own, step = card.canvas_size, system.max_stride
    largest = max(system.prior_generator.strides)
    least = max(own[0], -(-2 * largest // step) * step)
    shapes = {
        "one image": ({"batch": 1}, own),
        "any batch": ({}, own),
        "any canvas": ({"canvas": "dynamic"}, (least, least + step)),
        "non-square": ({"canvas": (own[0], own[1] + step)}, (own[0], own[1] + step)),
    }
    for shape, (settings, canvas) in shapes.items():
        if "canvas" in settings and system.has_one_canvas:
            continue
        for form in formats:
            for nms in ("none", "graph"):
                kind = "float" if nms == "none" else "uint8"
                yield Case(form, shape, nms, "32", settings | {"input": kind}, canvas)
    for form in formats:
        yield Case(form, "any batch", "none", "16", {"input": "float"}, own)


class Images:
    """The images of some data sets, and what a model finds in them, each found once."""

    def __init__(self, model: Path, data: list[str], most: int) -> None:
        self.system, self.card = load_model(model)
        self.datasets = [_first(name, most) for name in data]
        self._batches: dict[tuple[int, int], list[list[Batch]]] = {}
        self._found: dict[tuple[object, ...], list[dict[int, Detections]]] = {}

    def batches(self, canvas: tuple[int, int]) -> list[list[Batch]]:
        if canvas not in self._batches:
            fit = self.system.fit
            loaders = [evaluation_loader(each, canvas, AT_ONCE, workers=0, fit=fit) for each in self.datasets]
            self._batches = {canvas: [list(each) for each in loaders]}
        return self._batches[canvas]

    def found_by_model(self, canvas: tuple[int, int], *, multi_label: bool) -> list[dict[int, Detections]]:
        key = (canvas, multi_label)
        if key not in self._found:
            rule = replace(self.system.postprocessor, multi_label=multi_label)
            self._found[key] = self.found(replace(self.system, postprocessor=rule), canvas)
        return self._found[key]

    def found(self, system: System, canvas: tuple[int, int]) -> list[dict[int, Detections]]:
        runner = Runner(system, canvas)
        return [
            {one.origin.image_id: one for batch in batches for one in runner(batch)} for batches in self.batches(canvas)
        ]


def _first(name: str, most: int) -> Dataset:
    whole = open_dataset(name, "val", on_bad="skip")
    return KeptImages(whole, range(min(most, len(whole))))


def measured(case: Case, model: Path, images: Images) -> dict[str, Any]:
    """Exports a file, runs it and its model, and says how far they agree."""
    with tempfile.TemporaryDirectory() as scratch:
        how = case.settings | {"format": case.format, "nms": case.nms, "precision": case.precision, "check": None}
        program, _ = load_program(export(model, output=Path(scratch, "out"), **how).file)
        theirs = images.found(program, case.canvas)
    ours = images.found_by_model(case.canvas, multi_label=program.postprocessor.multi_label)
    total, aps = NOTHING, []
    for dataset, one, other in zip(images.datasets, ours, theirs, strict=True):
        total = sum((compare(one[each], other[each]) for each in one), total)
        if dataset.categories == images.card.categories:
            aps.append([_ap(found, dataset) for found in (one, other)])
    line = {"case": case.key, "canvas": case.canvas, "ap": aps, **asdict(total)}
    return line if program.description.suppresses else line | {"raw": asdict(raw(images, program, case.canvas))}


def raw(images: Images, program: ProgramSystem, canvas: tuple[int, int]) -> RawDifference:
    """Compares what comes before suppression: every score, and the boxes of those that count."""
    network = ProgramNetwork(program, canvas, torch.device("cpu"), "32")
    batches = [batch for dataset in images.batches(canvas) for batch in dataset]
    found = [raw_difference(images.system, network, batch) for batch in batches]
    return RawDifference(max(each.scores for each in found), max(each.boxes for each in found))


def _ap(found: dict[int, Detections], dataset: Dataset) -> float:
    return score({image: replace(each, masks=None) for image, each in found.items()}, dataset).ap


def fault(line: dict[str, Any]) -> bool:
    """Whether a file differs by more than an export is allowed to."""
    allowed = TOLERANCES[line["case"].rpartition(" ")[2]]
    return (
        line["num_matched"] < line["num_detections"]
        or not line["box_difference"] <= allowed.box
        or not line["score_difference"] <= allowed.score
        or any(not abs(one - other) <= allowed.ap for one, other in line["ap"])
    )


def table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """Writes the worst of each model, format and precision as a row."""
    yield "| system | format | files | detections | matched | boxes | scores | AP | masks | raw boxes | raw scores |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines:
        form, precision = line["case"].split(" ")[0], line["case"].split(" ")[-1]
        name = FORMATS[form] + (", float16" if precision == "16" else "")
        groups.setdefault((line["system"], name), []).append(line)
    for (system, name), members in groups.items():
        worst = {each: max(line[each] for line in members) for each in ("box_difference", "score_difference")}
        counts = [sum(line[each] for line in members) for each in ("num_detections", "num_matched")]
        aps = [abs(one - other) for line in members for one, other in line["ap"]]
        masks = [line["mask_difference"] for line in members if line["mask_difference"] is not None]
        raws = [line["raw"] for line in members if "raw" in line]
        cells = (
            system,
            name,
            str(len(members)),
            *(f"{each:,}" for each in counts),
            f"{worst['box_difference']:.2g}",
            f"{worst['score_difference']:.1e}",
            f"{max(aps):.1e}" if aps else "–",
            f"{max(masks):.1%}" if masks else "–",
            f"{max(each['boxes'] for each in raws):.2g}" if raws else "–",
            f"{max(each['scores'] for each in raws):.1e}" if raws else "–",
        )
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Makes the files that are missing, and prints the table of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path, help="model files or run directories")
    parser.add_argument("--data", nargs="+", default=["sample:bccd"])
    parser.add_argument("--images", type=int, default=48, help="the first so many of each validation part")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--only", default="", help="only files whose shape, nms or precision has this word")
    parser.add_argument("--output", type=Path, default=Path("runs", "exports"))
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    log = asked.output / "files.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    done = {(line["model"], line["case"]) for line in lines}
    for model in asked.models:
        images = Images(model, asked.data, asked.images)
        for case in cases(images.system, images.card, asked.formats):
            if (str(model), case.key) in done or asked.only not in case.key:
                continue
            try:
                line = {"model": str(model), "system": images.card.system, **measured(case, model, images)}
            except BoxwrightError as error:
                print(f"{model.name}, {case.key}: {error}", file=sys.stderr, flush=True)
                continue
            lines.append(line)
            with log.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(f"{line['system']}, {case.key}{': DIFFERS ' + str(line) if fault(line) else ''}", file=sys.stderr)
    print("\n".join(table(lines)))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
