"""Exports models whose heads find much, and runs each file beside its model; types are not checked while one traces.

python export_models.py FOLDER DATA [CASE…], with cases such as yolov8n,onnx,1,64x96,none,float,32, or a command line
that begins with "typed".
"""

import json
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from shutil import copyfile
from typing import Any

import torch

import boxwright.exporting.command
from boxwright import export, load, predict
from boxwright.cli.main import main as run_command
from boxwright.exporting.checking.comparison import Comparison, compare
from boxwright.systems import build_system, default_canvas, load_model, save_model

SMALL = {"retinanet_r18": {"width": 64, "depth": 1}, "fcos_r18": {"width": 64, "depth": 1}}
CANVASES = {"ssd_tiny": [(64, 64), (96, 128)]}
"""Sizes of dynamic canvases, where a network is so wide that to run it takes longer than to trace it."""
MOST_IMAGES = {"ssd300": 2}
THRESHOLD = 0.05
STRONGEST = 20
"""Detections of an image that all have to be found again, of weights of chance: so many has an image in use. Those
behind them are a crowd in which some overlaps lie at the limit of suppression to the last digit."""


def finding_much(name: str, folder: Path, categories: tuple[str, ...]) -> Path:
    """Saves a model whose boxes and scores are spread widely; what follows an @ in its name are its levels."""
    path = folder / f"{name}.safetensors"
    if path.exists():
        return path
    torch.manual_seed(0)
    name, _, levels = name.partition("@")
    system = build_system(name, len(categories), **SMALL.get(name, {}), **({"levels": levels} if levels else {}))
    for module in system.detector.head.modules():
        if isinstance(module, torch.nn.Conv2d) and module.bias is not None:
            torch.nn.init.normal_(module.weight, std=2.0 / (module.weight[0].numel() ** 0.5))
            torch.nn.init.normal_(module.bias, std=0.3)
    side = default_canvas(name) if name.startswith("ssd300") else 128
    _settle_norms(system.detector, side, 2 if name == "ssd300" else 4)
    save_model(path, system, categories=categories, canvas_size=(side, side), config={})
    return path


def _settle_norms(detector: torch.nn.Module, side: int, images: int) -> None:
    """Gives batch norms statistics of images: else all cells would look the same, and all overlaps be near a limit."""
    for module in detector.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        detector.train()(torch.randn(images, 3, side, side))
    detector.eval()


def run(case: str, folder: Path, data: Path) -> dict[str, object]:
    """Exports one, and compares what it finds with what the model finds."""
    name, form, batch, canvas, nms, kind, precision = case.split(",")
    images = sorted((data / "val").glob("*.png"))[: MOST_IMAGES.get(name)]
    model = finding_much(name, folder, ("green", "red"))
    sides = tuple(int(side) for side in canvas.split("x")) if "x" in canvas else None
    settings = {"format": form, "nms": nms, "precision": precision, "input": kind.partition("-")[0]}
    settings |= {"batch": batch if batch == "dynamic" else int(batch), "canvas": sides or canvas}
    settings |= {"channels": "bgr"} if kind == "uint8-bgr" else {}
    if canvas == "own":
        settings["canvas"] = None
    file = export(model, output=folder / case.replace(",", "_"), check=None, **settings).file
    found = crowd = Comparison(0, 0, 0.0, 0.0)
    canvases = [sides] if canvas != "dynamic" else CANVASES.get(name, [(160, 160), (192, 256)])
    system, exported = load_model(model)[0], load(file)  # once, since it takes as long as to trace
    threshold = max(THRESHOLD, system.postprocessor.score_threshold) if nms == "graph" else THRESHOLD / 2
    for size in canvases:
        how = {"canvas": size, "score_threshold": threshold, "device": "cpu", "batch_size": 2, "workers": 0}
        ours, theirs = predict(model, images, **how), predict(exported, images, **how)
        for one, other in zip(ours, theirs, strict=True):
            found += compare(one, other, least_score=strongest_above(one.scores, THRESHOLD))
            crowd += compare(one, other)
    report = {name: getattr(found, name) for name in Comparison.__dataclass_fields__}
    share = crowd.num_matched / max(crowd.num_detections, 1)
    return {"case": case, **report, "share_of_all": share}


def strongest_above(scores: torch.Tensor, threshold: float) -> float:
    """Gives the score above which the strongest detections are, of those above a threshold."""
    strongest = scores.sort(descending=True).values[:STRONGEST]
    return max(threshold, float(strongest[-1])) if len(scores) > STRONGEST else threshold


def trace_once(folder: Path) -> None:
    """Lets a command take the program that one before it wrote, if it says the same of itself: tracing takes longest.

    Args:
        folder: To keep them in.
    """
    written: dict[str, Path] = {}
    write = boxwright.exporting.command.write_torch

    def write_torch(path: Path, graph: Any, examples: Any, dynamic: Any, metadata: str) -> None:
        if metadata in written:
            copyfile(written[metadata], path)
            return
        write(path, graph, examples, dynamic, metadata)
        written[metadata] = Path(copyfile(path, folder / f"program_{len(written)}.pt2"))

    boxwright.exporting.command.write_torch = write_torch


def main() -> None:
    folder, data, *cases = sys.argv[1:]
    trace_once(Path(folder))
    for case in cases:
        if not case.startswith("typed "):
            print(json.dumps(run(case, Path(folder), Path(data))), flush=True)
            continue
        said, noted = StringIO(), StringIO()
        with redirect_stdout(said), redirect_stderr(noted):
            code = run_command(shlex.split(case.removeprefix("typed ")))
        print(json.dumps({"case": case, "code": code, "said": said.getvalue(), "noted": noted.getvalue()}), flush=True)


if __name__ == "__main__":
    main()
