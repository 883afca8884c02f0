"""Whether every size of every system can be exported: raw outputs of ONNX Runtime beside those of torch.

Weights are those that a training starts from. For each system printed is a row in Markdown: parameters, seconds of the
export, and the largest difference of all scores and boxes.

python -m benchmarks.sizes
python -m benchmarks.sizes yolov8x retinanet_r101 --canvas 128
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from boxwright import export
from boxwright.exporting.graph import DetectionGraph
from boxwright.inference import load_program
from boxwright.settings.catalog import OPTIONS_OF_SYSTEMS, default_canvas
from boxwright.systems import build_system, save_model

CLASSES = ("a", "b", "c")
IMAGES = 2


def cells(name: str, canvas: int) -> tuple[str, ...]:
    """Exports one system, and compares."""
    torch.manual_seed(0)
    system, side = build_system(name, len(CLASSES)), default_canvas(name) if name.startswith("ssd") else canvas
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch, "model.safetensors")
        save_model(model, system, categories=CLASSES, canvas_size=(side, side), config={})
        start = time.perf_counter()
        file = export(model, output=Path(scratch, "out"), input="uint8", check=None).file
        seconds = time.perf_counter() - start
        program = load_program(file)[0].program(torch.device("cpu"))
        images = torch.randint(0, 256, (IMAGES + 1, 3, side, side), dtype=torch.uint8)
        graph = DetectionGraph(system, (side, side), takes_bytes=True).eval()
        with torch.no_grad():
            wanted = graph(images)
        boxes, scores, *_ = (
            float((one - other).abs().max()) for one, other in zip(wanted, program([images]), strict=True)
        )
    millions = sum(each.numel() for each in system.detector.parameters()) / 1e6
    return name, f"{side} × {side}", f"{millions:.1f}", f"{seconds:.0f}", f"{boxes:.1e}", f"{scores:.1e}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("systems", nargs="*", default=list(OPTIONS_OF_SYSTEMS), help="all if left out")
    parser.add_argument("--canvas", type=int, default=64)
    asked = parser.parse_args()
    print("| system | canvas | million parameters | seconds | boxes, pixels | scores |\n|---|---|---|---|---|---|")
    for name in asked.systems:
        print(f"| {' | '.join(cells(name, asked.canvas))} |", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
