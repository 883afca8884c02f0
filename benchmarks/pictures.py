"""Whether run_model.py finds in pictures of every kind what `boxwright predict` finds, and by how much decoders differ.

The photographs of a data set are written as files of each kind. For each kind printed is a row in Markdown: the largest
difference of a pixel as Pillow and OpenCV decode it, of a pixel on the canvas, and of boxes and scores.

python -m benchmarks.pictures runs/export --data sample:bccd --images 20
"""

import argparse
import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from PIL import Image

from boxwright import load
from boxwright.data import open_dataset
from boxwright.data.images.reading import as_pixels, as_tensor, read_image
from boxwright.data.transforms import FitToCanvas
from boxwright.exporting.checking.comparison import Comparison, compare
from boxwright.structures import Detections, ImageOrigin, Sample

THRESHOLD = 0.05
ORIENTATION = 0x0112


def _turned(picture: Image.Image, path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    picture.transpose(Image.Transpose.ROTATE_90).save(path, "JPEG", quality=90, exif=exif)


def _strip(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture.resize(size, Image.Resampling.BILINEAR)


KINDS: dict[str, Callable[[Image.Image, Path], None]] = {
    "PNG": lambda picture, path: picture.save(path, "PNG"),
    "PNG, grey": lambda picture, path: picture.convert("L").save(path, "PNG"),
    "PNG, palette": lambda picture, path: picture.quantize(64).save(path, "PNG"),
    "PNG, transparent": lambda picture, path: picture.convert("RGBA").save(path, "PNG"),
    "PNG, 317 × 241": lambda picture, path: picture.crop((3, 5, 320, 246)).save(path, "PNG"),
    "PNG, 1 × 1": lambda picture, path: picture.crop((0, 0, 1, 1)).save(path, "PNG"),
    "PNG, 8000 × 60": lambda picture, path: _strip(picture, (8000, 60)).save(path, "PNG"),
    "PNG, 60 × 8000": lambda picture, path: _strip(picture, (60, 8000)).save(path, "PNG"),
    "JPEG": lambda picture, path: picture.save(path, "JPEG", quality=90),
    "JPEG, colours of full size": lambda picture, path: picture.save(path, "JPEG", quality=90, subsampling=0),
    "JPEG, progressive": lambda picture, path: picture.save(path, "JPEG", quality=90, progressive=True),
    "JPEG, turned by EXIF": _turned,
    "JPEG, grey": lambda picture, path: picture.convert("L").save(path, "JPEG", quality=90),
    "JPEG, CMYK": lambda picture, path: picture.convert("CMYK").save(path, "JPEG", quality=90),
}


def module_of(folder: Path) -> ModuleType:
    """Loads the run_model.py of an export."""
    spec = importlib.util.spec_from_file_location("run_model", folder / "run_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def detections(found: list[dict[str, Any]], origin: ImageOrigin) -> Detections:
    """Puts what run_model.py found into the form of boxwright."""
    boxes = torch.tensor([one["box"] for one in found]).view(-1, 4)
    scores, labels = torch.tensor([one["score"] for one in found]), torch.tensor([one["label"] for one in found])
    return Detections(boxes, scores, labels.long(), origin)


def measured(write: Callable[[Image.Image, Path], None], folder: Path, pictures: list[Image.Image]) -> Iterator[str]:
    """Gives the cells of one kind."""
    run_model, model = module_of(folder), load(folder)
    runner = run_model.Model(folder)
    said = runner.said
    decoded, differing, placed, total = 0, 0.0, 0, Comparison(0, 0, 0.0, 0.0)
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, f"{number}.image") for number in range(len(pictures))]
        for source, file in zip(pictures, files, strict=True):
            write(source, file)
        wanted = model.predict(files, score_threshold=THRESHOLD, device="cpu")
        for file, ours in zip(files, wanted, strict=True):
            theirs = read_image(file)
            own = run_model.upright_rgb(Image.open(file))
            gap = np.abs(own.astype(int) - theirs)
            decoded, differing = max(decoded, int(gap.max())), max(differing, float((gap > 0).mean()))
            canvas = tuple(said["canvas_size"])
            on_canvas = run_model.fit(own, canvas, said["fit"], said["pad_value"])[0].astype(int)
            placed = max(placed, int(np.abs(on_canvas - _on_canvas(theirs, canvas, said["fit"])).max()))
            total += compare(ours, detections(runner.detect(Image.open(file), THRESHOLD), ours.origin))
    yield from (str(decoded), f"{differing:.1%}", str(placed), f"{total.num_detections:,}", f"{total.num_matched:,}")
    yield from (f"{total.box_difference:.2g}", f"{total.score_difference:.1e}")


def _on_canvas(pixels: np.ndarray, canvas: tuple[int, int], fit: Any) -> np.ndarray:
    nothing = torch.zeros(0, dtype=torch.int64)
    origin = ImageOrigin(0, None, pixels.shape[:2])
    sample = Sample(as_tensor(pixels), torch.zeros(0, 4), nothing, nothing.bool(), origin)
    return as_pixels(FitToCanvas(canvas, fit=fit)(sample).image).astype(int)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="that `boxwright export` wrote, with ONNX")
    parser.add_argument("--data", default="sample:bccd")
    parser.add_argument("--images", type=int, default=20)
    asked = parser.parse_args()
    dataset = open_dataset(asked.data, "val")
    pictures = [Image.fromarray(as_pixels(dataset[place].image)) for place in range(min(asked.images, len(dataset)))]
    print("| file | decoded | of them differ | on the canvas | detections | matched | boxes, pixels | scores |")
    print("|---|---|---|---|---|---|---|---|")
    for name, write in KINDS.items():
        print(f"| {name} | {' | '.join(measured(write, asked.folder, pictures))} |", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
