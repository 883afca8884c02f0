"""Names of files and classes that a terminal, a figure, a page or a file format could take for something else."""

import io
import json
import os
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.cli.main import main
from boxwright.data import open_dataset
from boxwright.lettering.visible import visible
from boxwright.systems import build_system, save_model

CLASSES = ("$\\frac{", "_two\nlines\x1b[2J", "[red] <b> %s {}", "猫 قط")
pytestmark = pytest.mark.paints
FILES = (os.fsdecode(b"caf\xe9.jpg"), "a\nb.jpg", "$x_1$.png", "[red] <b> %s {}.jpg", "猫\u2028.png", "\x1b[31m.jpg")
FIRST_ID = 2**63


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("odd") / "data"
    for split, first in (("train", 0), ("val", 100)):
        (root / "images" / split).mkdir(parents=True)
        document: dict[str, list[object]] = {"images": [], "annotations": []}
        document["categories"] = [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)]
        for number, name in enumerate(FILES, first):
            pixels = np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)
            encoded = io.BytesIO()
            Image.fromarray(pixels).save(encoded, "PNG" if name.endswith("png") else "JPEG")
            (root / "images" / split / name).write_bytes(encoded.getvalue())
            image_id = FIRST_ID + number
            document["images"].append({"id": image_id, "file_name": f"{split}/{name}", "width": 64, "height": 48})
            document["annotations"] += [
                {"id": 10 * number + k, "image_id": image_id, "category_id": k, "bbox": [8 * k, 5, 20, 20]}
                for k in range(1, len(CLASSES) + 1)
            ]
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"instances_{split}.json").write_text(json.dumps(document))
    return root


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model") / "model.pt"
    save_model(path, build_system("yolov8n", len(CLASSES)), categories=CLASSES, canvas_size=(64, 64), config={})
    return path


def test_verify_lists_every_name_on_its_line(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(data), "--sheet", str(tmp_path / "sheet.png")]) == 0
    said = capsys.readouterr().out
    assert all(visible(name) in said for name in CLASSES)
    assert "\x1b" not in said
    assert "image ids that are no whole numbers of 64 bits" in said


def test_its_json_holds_them_as_they_are(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(data), "--json", "--sheet", "null"]) == 0
    said = capsys.readouterr().out
    assert said.isascii()
    assert list(json.loads(said)["parts"]["train"]["classes"]) == list(CLASSES)
    assert any(fault["file"].endswith(FILES[0]) for fault in json.loads(said)["faults"])


@pytest.mark.parametrize("to", ["coco", "yolo", "voc"])
def test_every_format_holds_them(data: Path, to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(data), str(tmp_path / to), "--to", to]) == 0
    assert "\x1b" not in capsys.readouterr().out
    written = open_dataset(tmp_path / to, "train")
    assert written.categories == (tuple(map(visible, CLASSES)) if to == "voc" else CLASSES)
    assert len(written) == len(FILES)
    assert [len(written[position].boxes) for position in range(len(written))] == [len(CLASSES)] * len(FILES)
    assert main(["verify", str(tmp_path / to), "--sheet", "null"]) == 0


def test_predict_writes_them(data: Path, model: Path, tmp_path: Path) -> None:
    words = ["--source", str(data / "images/train"), "--output", str(tmp_path / "found"), "--save", "[pictures, json]"]
    assert main(["predict", "--model", str(model), *words, "--score_threshold", "0.0001"]) == 0
    (found,) = tmp_path.glob("found*/detections.json")
    rows = json.loads(found.read_text("utf-8"))
    assert {row["file_name"] for row in rows} <= set(FILES)
    assert {row["category"] for row in rows} <= set(CLASSES)
    assert sorted(path.name for path in found.parent.iterdir()) == sorted([*FILES, "detections.json"])


def test_pages_and_tables_show_them(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, other = tmp_path / "diagnosis.html", tmp_path / "inspection.html"
    words = ["--system", "ssd_tiny", "--canvas", "64", "--html", str(page), "--json", str(tmp_path / "diagnosis.json")]
    assert main(["diagnose", str(data), *words]) == 0
    said = capsys.readouterr().out
    html = page.read_text("utf-8")
    for name in CLASSES:
        assert visible(name) in said
        assert visible(name) in unescape(html)
    assert "<b>" not in html
    assert main(["inspect", str(data), "--system", "ssd_tiny", "--output", str(other)]) == 0
    assert "<b>" not in other.read_text("utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_terminals_that_lack_the_letters(data: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On streams such as Python opens for a terminal of an encoding."""
    said, noted = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", said)
    monkeypatch.setattr(sys, "stderr", noted)
    assert main(["verify", str(data), "--sheet", "null"]) == 0
    for stream in (said, noted):
        stream.flush()
    assert b"Traceback" not in noted.buffer.getvalue()
    printed = said.buffer.getvalue()
    assert b"\\u0642\\u0637" in printed  # the Arabic letters of a class
    printed.decode(encoding)
