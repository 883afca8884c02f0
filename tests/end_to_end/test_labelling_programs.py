"""The same objects as every annotation tool writes them: read, verified, divided, converted, trained on."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright import train, verify
from boxwright.data import convert, open_dataset
from boxwright.data.formats.layout import Split
from boxwright.data.portions import read_undivided
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import BoxwrightError

WIDTH, HEIGHT, IMAGES = 64, 64, 8
Box = tuple[int, int, int, int]
Boxes = dict[str, list[tuple[str, Box]]]


def _pictures(folder: Path) -> Boxes:
    """Writes pictures with a cat and a dog each, and gives their boxes."""
    folder.mkdir(parents=True)
    boxes: Boxes = {}
    for number in range(IMAGES):
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 100, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        boxes[f"{number}.png"] = [("cat", (4 + number, 8, 24 + number, 32)), ("dog", (32, 36, 56, 60 - number))]
        for _, (x1, y1, x2, y2) in boxes[f"{number}.png"]:
            pixels[y1:y2, x1:x2] = rng.integers(150, 256, 3)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return boxes


def _put(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def _voc(root: Path) -> None:
    for name, objects in _pictures(root / "images").items():
        entries = "".join(
            f"<object><name>{label}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax>"
            "</bndbox></object>"
            for label, (x1, y1, x2, y2) in objects
        )
        size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size>"
        text = f"<annotation><filename>{name}</filename>{size}{entries}</annotation>"
        _put(root / "annots" / f"{Path(name).stem}.xml", text)


def _labelme(root: Path) -> None:
    for name, objects in _pictures(root).items():
        shapes = [
            {"label": label, "points": [[x1, y1], [x2, y2]], "group_id": None, "shape_type": "rectangle", "flags": {}}
            for label, (x1, y1, x2, y2) in objects
        ]
        size = {"imageHeight": HEIGHT, "imageWidth": WIDTH}
        content = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": name, "imageData": None, **size}
        _put(root / f"{Path(name).stem}.json", content)


def _roboflow(root: Path) -> None:
    images, annotations = [], []
    for name, objects in _pictures(root / "train").items():
        images.append({"id": len(images), "file_name": name, "width": WIDTH, "height": HEIGHT})
        for label, (x1, y1, x2, y2) in objects:
            box = [x1, y1, x2 - x1, y2 - y1]
            entry = {"id": len(annotations), "image_id": images[-1]["id"], "category_id": 1 + (label == "dog")}
            annotations.append({**entry, "bbox": box, "area": box[2] * box[3], "iscrowd": 0, "segmentation": []})
    categories = [
        {"id": 0, "name": "pets", "supercategory": "none"},
        {"id": 1, "name": "cat", "supercategory": "pets"},
        {"id": 2, "name": "dog", "supercategory": "pets"},
    ]
    document = {"info": {}, "licenses": [], "categories": categories, "images": images, "annotations": annotations}
    _put(root / "train/_annotations.coco.json", document)


def _cvat_images(root: Path) -> None:
    entries = ""
    for number, (name, objects) in enumerate(_pictures(root / "images").items()):
        boxes = "".join(
            f'<box label="{label}" source="manual" occluded="0" xtl="{x1}.00" ytl="{y1}.00" xbr="{x2}.00" '
            f'ybr="{y2}.00" z_order="0"></box>'
            for label, (x1, y1, x2, y2) in objects
        )
        entries += f'<image id="{number}" name="{name}" width="{WIDTH}" height="{HEIGHT}">{boxes}</image>'
    labels = "".join(f"<label><name>{name}</name><attributes></attributes></label>" for name in ("cat", "dog"))
    meta = f"<version>1.1</version><meta><task><labels>{labels}</labels></task></meta>"
    _put(root / "annotations.xml", f'<?xml version="1.0" encoding="utf-8"?><annotations>{meta}{entries}</annotations>')


def _cvat_yolo(root: Path) -> None:
    lines = []
    for name, objects in _pictures(root / "obj_train_data").items():
        rows = [
            f"{int(label == 'dog')} {(x1 + x2) / 2 / WIDTH} {(y1 + y2) / 2 / HEIGHT} {(x2 - x1) / WIDTH} "
            f"{(y2 - y1) / HEIGHT}\n"
            for label, (x1, y1, x2, y2) in objects
        ]
        _put(root / "obj_train_data" / f"{Path(name).stem}.txt", "".join(rows))
        lines.append(f"data/obj_train_data/{name}\n")
    _put(root / "train.txt", "".join(lines))
    _put(root / "obj.names", "cat\ndog\n")
    _put(root / "obj.data", "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n")


def _label_studio(root: Path) -> None:
    tasks = []
    for number, (name, objects) in enumerate(_pictures(root / "images").items(), start=1):
        results = [
            {
                "type": "rectanglelabels",
                "original_width": WIDTH,
                "original_height": HEIGHT,
                "value": {
                    "x": x1 / WIDTH * 100,
                    "y": y1 / HEIGHT * 100,
                    "width": (x2 - x1) / WIDTH * 100,
                    "height": (y2 - y1) / HEIGHT * 100,
                    "rotation": 0,
                    "rectanglelabels": [label],
                },
            }
            for label, (x1, y1, x2, y2) in objects
        ]
        done = [{"id": number, "was_cancelled": False, "result": results}]
        tasks.append({"id": number, "annotations": done, "data": {"image": f"/data/upload/1/0a1b2c3d-{name}"}})
    _put(root / "project-1.json", tasks)


def _via(root: Path) -> None:
    entries = {}
    for name, objects in _pictures(root).items():
        regions = [
            {
                "shape_attributes": {"name": "rect", "x": x1, "y": y1, "width": x2 - x1, "height": y2 - y1},
                "region_attributes": {"animal": label},
            }
            for label, (x1, y1, x2, y2) in objects
        ]
        entries[f"{name}9"] = {"filename": name, "size": 9, "regions": regions, "file_attributes": {}}
    _put(root / "via_project.json", {"_via_settings": {}, "_via_img_metadata": entries, "_via_attributes": {}})


def _supervisely(root: Path) -> None:
    for name, objects in _pictures(root / "ds0/img").items():
        entries = [
            {
                "classTitle": label,
                "geometryType": "rectangle",
                "tags": [],
                "points": {"exterior": [[x1, y1], [x2, y2]], "interior": []},
            }
            for label, (x1, y1, x2, y2) in objects
        ]
        content = {"description": "", "tags": [], "size": {"height": HEIGHT, "width": WIDTH}, "objects": entries}
        _put(root / f"ds0/ann/{name}.json", content)
    classes = [{"title": name, "shape": "rectangle", "color": "#FF0000"} for name in ("cat", "dog")]
    _put(root / "meta.json", {"classes": classes, "tags": [], "projectType": "images"})


TOOLS: dict[str, Callable[[Path], None]] = {
    "voc": _voc,
    "labelme": _labelme,
    "roboflow": _roboflow,
    "cvat_images": _cvat_images,
    "cvat_yolo": _cvat_yolo,
    "label_studio": _label_studio,
    "via": _via,
    "supervisely": _supervisely,
}


@pytest.fixture(params=TOOLS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same objects in the form of one tool, in no parts."""
    root = tmp_path / str(request.param)
    TOOLS[request.param](root)
    return root


def _objects(root: Path, **settings: Any) -> dict[str, list[tuple[str, list[float]]]]:
    found = {}
    splits: tuple[Split, ...] = ("train", "val")
    for split in splits:
        part = open_dataset(root, split, check_images="full", **settings)
        for position in range(len(part)):
            truth = part.truth(position)
            names = [part.categories[label] for label in truth.labels.tolist()]
            found[Path(truth.origin.name).name] = list(zip(names, truth.boxes.tolist(), strict=True))
    return found


def _expected(folder: Path) -> dict[str, list[tuple[str, list[float]]]]:
    boxes = _pictures(folder)
    return {name: [(label, [float(side) for side in box]) for label, box in found] for name, found in boxes.items()}


def test_every_tool_gives_the_same_objects(source: Path, tmp_path: Path) -> None:
    verdict = verify(source, val=0.25)
    assert [str(fault) for fault in verdict.faults if fault.severity == "error"] == []
    expected = _expected(tmp_path / "again")
    assert _objects(source, val=0.25) == expected
    done = convert(source, tmp_path / "coco", to="coco", val=0.25)
    assert done.skipped == ()
    assert done.images["val"] == 2
    assert _objects(tmp_path / "coco") == expected


def test_without_a_share_every_tool_says_how_to_divide(source: Path) -> None:
    (fault, *others) = [fault for fault in verify(source).faults if fault.severity != "note"]
    assert "--val 0.2" in str(fault)
    assert not others


@pytest.mark.slow
@pytest.mark.parametrize("source", ["labelme", "cvat_yolo"], indirect=True)
def test_what_a_tool_wrote_can_be_trained_on(source: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 2, "canvas": 64, "workers": 0, "logger": "csv"}
    result = train(source, val=0.25, accelerator="cpu", output=str(tmp_path / "runs"), **settings)
    split = json.loads((result.directory / "split.json").read_text())
    assert {Path(name).name for name in split["train"] + split["val"]} == {f"{number}.png" for number in range(IMAGES)}
    assert len(split["val"]) == 2
    train(resume=str(result.directory), workers=0, accelerator="cpu")
    assert json.loads((result.directory / "split.json").read_text()) == split
    drawn, given = (_objects(source, val=val) for val in (0.25, str(result.directory)))
    assert drawn == given


ODD: list[Any] = [None, True, -1, 0, 1e308, 10**30, float("nan"), "", "x", "../../x", "\x00", [], {}, [[]], [None]]


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    entries = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from _places(inner, (*here, key))


def _damaged(text: str, rng: random.Random, *, is_json: bool) -> str:
    """Puts an odd value in place of one of a JSON file, or a few odd letters into another."""
    if not is_json:
        place = rng.randrange(len(text))
        return text[:place] + rng.choice(["", "x", "-1", "1e999", "nan", "<", '"', "../"]) + text[place + 3 :]
    content = json.loads(text)
    *way, last = rng.choice([place for place in _places(content) if place])
    inner = content
    for key in way:
        inner = inner[key]
    inner[last] = rng.choice(ODD)
    return json.dumps(content)


def test_damage_to_a_file_is_never_a_crash(source: Path) -> None:
    rng = random.Random(0)
    files = sorted(file for file in source.rglob("*") if file.suffix in (".json", ".xml", ".data", ".names", ".txt"))
    for masks in ("none", "kept", "required") * 8:
        file = rng.choice(files)
        text = file.read_text()
        file.write_text(_damaged(text, rng, is_json=file.suffix == ".json"))
        with suppress(BoxwrightError):
            read_undivided(source, ReadingLimits(masks=masks), None)  # type: ignore[arg-type]
        file.write_text(text)
