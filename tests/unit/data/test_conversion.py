import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright.data import ReadingLimits, convert, read_source
from boxwright.errors import ConfigError, DataError

MASKS = ReadingLimits(masks="kept")
BOX, AREA, CROWD, OUTLINE, PARTS, HOLE = range(6)


def _bits(source: Path, row_of: dict[int, int]) -> dict[int, np.ndarray]:
    truth = read_source(source, "train", MASKS).table.truth(0)
    assert truth.masks is not None
    drawn = truth.masks.to_boolean().numpy()
    return {name: drawn[row] for name, row in row_of.items()}


def _losses(lines: tuple[str, ...]) -> list[str]:
    return [line.partition(" × ")[2].partition(" (first")[0] for line in lines]


def test_coco_loses_nothing(everything: Path, tmp_path: Path) -> None:
    done = convert(everything, tmp_path / "out", to="coco")
    assert done.losses == ()
    assert (done.images, done.objects) == ({"train": 2, "val": 2}, {"train": 6, "val": 6})
    for split in ("train", "val"):
        source, written = (
            json.loads((folder / f"annotations/instances_{split}.json").read_text())
            for folder in (everything, tmp_path / "out")
        )
        for key in ("images", "categories"):
            assert written[key] == source[key]
        for before, after in zip(source["annotations"], written["annotations"], strict=True):
            compressed = before["segmentation"] if isinstance(before["segmentation"], list) else after["segmentation"]
            assert after == {**before, "segmentation": compressed}
    rows = {OUTLINE: OUTLINE, PARTS: PARTS, HOLE: HOLE}
    before, after = _bits(everything, rows), _bits(tmp_path / "out", rows)
    assert all(np.array_equal(before[name], after[name]) for name in rows)


def test_yolo_says_what_it_cannot_hold(everything: Path, tmp_path: Path) -> None:
    done = convert(everything, tmp_path / "out", to="yolo")
    assert set(_losses(done.losses)) == {
        "crowds or difficult objects, left out: their place now counts as background",
        "areas that are not those of the boxes, lost",
        "masks of several outlines, joined by a seam without width",
        "run lengths, written as the outline of their pixels",
        "category ids, numbered from 0 in the same order",
    }
    assert (tmp_path / "out/labels/train/b.txt").read_text() == ""
    lines = (tmp_path / "out/labels/train/a.txt").read_text().splitlines()
    assert lines[1].startswith("1 0.1 0.175 0.166666666667 0.25")
    before = _bits(everything, {OUTLINE: OUTLINE, PARTS: PARTS, HOLE: HOLE})
    after = _bits(tmp_path / "out", {OUTLINE: 2, PARTS: 3, HOLE: 4})
    assert all(np.array_equal(before[name], after[name]) for name in before)
    truth = read_source(tmp_path / "out", "train").table.truth(0)
    assert truth.boxes[0].tolist() == [1.5, 2.25, 11.5, 12.25]


def test_voc_says_what_it_cannot_hold(everything: Path, tmp_path: Path) -> None:
    done = convert(everything, tmp_path / "out", to="voc")
    assert set(_losses(done.losses)) == {
        "corners with fractions, which are kept but which some programs cannot read",
        "areas that are not those of the boxes, lost",
        "outlines, written as the pixels inside them",
        "category ids, numbered from 1 in the same order",
        "file names that another image has, a number was added",
    }
    before = _bits(everything, {OUTLINE: OUTLINE, PARTS: PARTS, HOLE: HOLE})
    after = _bits(tmp_path / "out", {OUTLINE: OUTLINE, PARTS: PARTS, HOLE: HOLE})
    assert all(np.array_equal(before[name], after[name]) for name in before)
    truth = read_source(tmp_path / "out", "train").table.truth(0)
    assert truth.ignore.tolist() == [False, False, True, False, False, False]
    assert truth.boxes[0].tolist() == [1.5, 2.25, 11.5, 12.25]
    names = (tmp_path / "out/ImageSets/Main/val.txt").read_text().split()
    assert names == ["a-2", "b-2"]
    with Image.open(tmp_path / "out/JPEGImages/a-2.png") as picture:
        assert picture.getpixel((0, 0)) == (1, 2, 3)


def test_masks_over_each_other_in_voc(everything: Path, tmp_path: Path) -> None:
    path = everything / "annotations/instances_train.json"
    document = json.loads(path.read_text())
    document["annotations"][PARTS]["segmentation"] = [[4, 4, 12, 4, 12, 12, 4, 12]]
    path.write_text(json.dumps(document))
    done = convert(everything, tmp_path / "out", to="voc")
    assert "masks that lie under others and lose what is covered" in _losses(done.losses)


def test_links(everything: Path, tmp_path: Path) -> None:
    convert(everything, tmp_path / "out", to="yolo", images="link")
    link = tmp_path / "out/images/train/a.png"
    assert link.is_symlink()
    assert link.resolve() == everything / "images/train/a.png"


def test_faulty_source(everything: Path, tmp_path: Path) -> None:
    path = everything / "annotations/instances_train.json"
    document = json.loads(path.read_text())
    document["annotations"][BOX]["bbox"][2] = 0
    path.write_text(json.dumps(document))
    with pytest.raises(DataError, match="1 fault"):
        convert(everything, tmp_path / "out", to="coco")
    assert not (tmp_path / "out").exists()
    done = convert(everything, tmp_path / "out", to="coco", on_bad="skip")
    assert len(done.skipped) == 1
    assert "1 fault left out" in done.text()


def test_one_part_alone(everything: Path, tmp_path: Path) -> None:
    (everything / "annotations/instances_train.json").unlink()
    assert convert(everything, tmp_path / "out", to="coco").images == {"val": 2}


def test_ids_that_repeat_are_given_anew(everything: Path, tmp_path: Path) -> None:
    (everything / "annotations/instances_val.json").write_bytes(
        (everything / "annotations/instances_train.json").read_bytes()
    )
    convert(everything, tmp_path / "out", to="coco")
    ids = [
        entry["id"]
        for split in ("train", "val")
        for entry in json.loads((tmp_path / f"out/annotations/instances_{split}.json").read_text())["images"]
    ]
    assert ids == [1, 2, 3, 4]


def test_turned_image_whose_boxes_do_not_follow(everything: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(everything / "images/train/a.png", exif=exif)
    done = convert(everything, tmp_path / "out", to="yolo")
    assert any("EXIF orientation" in line for line in done.losses)


def test_destination_that_is_in_use(everything: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not empty"):
        convert(everything, everything, to="coco")


def test_source_without_data(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="known layout"):
        convert(tmp_path / "empty", tmp_path / "out", to="coco")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("place", ["out", "images/train/out", "."])
@pytest.mark.parametrize("through_link", [False, True])
def test_nothing_is_written_into_the_source(everything: Path, tmp_path: Path, place: str, through_link: bool) -> None:
    (everything / "images").mkdir(exist_ok=True)
    before = _contents(everything)
    folder = everything
    if through_link:
        folder = tmp_path / "link"
        folder.symlink_to(everything)
    with pytest.raises(DataError, match=r"is there already and not empty|lies in the source"):
        convert(everything, folder / place, to="yolo")
    assert _contents(everything) == before


@pytest.mark.parametrize("kind", ["file", "below a file", "link to nowhere"])
def test_a_destination_that_cannot_be_a_folder(everything: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("theirs")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    name = {"file": "file", "below a file": "file/out", "link to nowhere": "link"}[kind]
    with pytest.raises(ConfigError, match=r"^destination: nothing can be written to .* is no folder"):
        convert(everything, tmp_path / name, to="coco")
    assert (tmp_path / "file").read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_folder_behind_a_link_is_a_destination(everything: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    before = _contents(everything)
    convert(everything, tmp_path / "link", to="coco", images="link")
    assert (tmp_path / "disk/annotations/instances_train.json").is_file()
    with pytest.raises(DataError, match="not empty"):
        convert(everything, tmp_path / "disk", to="coco")
    assert _contents(everything) == before


def test_data_without_parts_are_divided_and_what_is_lost_is_said_once(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("a", "b", "c", "d"):
        (source / "images").mkdir(parents=True, exist_ok=True)
        (source / "annots").mkdir(exist_ok=True)
        pixels = np.random.default_rng(ord(name)).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(source / f"images/{name}.png")
        box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
        size = "<size><width>60</width><height>40</height></size>"
        (source / f"annots/{name}.xml").write_text(
            f"<annotation>{size}<object><name>cat</name><truncated>1</truncated>{box}</object></annotation>"
        )
    done = convert(source, tmp_path / "coco", to="coco", val=0.25)
    assert done.images == {"train": 3, "val": 1}
    assert [loss.split(" × ")[0] for loss in done.losses] == ["4"]
    assert len(read_source(tmp_path / "coco", "train").table) == 3


@pytest.mark.parametrize("to", ["coco", "voc", "yolo"])
def test_it_counts_the_objects_that_can_be_read_again(everything: Path, tmp_path: Path, to: Any) -> None:
    done = convert(everything, tmp_path / "out", to=to)
    for split, objects in done.objects.items():
        assert len(read_source(tmp_path / "out", split).table.boxes) == objects


@pytest.mark.parametrize("to", ["coco", "voc", "yolo"])
def test_a_conversion_that_is_broken_off_leaves_no_half_data_set(
    everything: Path, tmp_path: Path, monkeypatch, to
) -> None:
    def breaks_off(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("boxwright.data.image_placing.shutil.copyfileobj", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        convert(everything, tmp_path / "out/there", to=to)
    assert list((tmp_path / "out").rglob("*")) == []
    monkeypatch.undo()
    assert convert(everything, tmp_path / "out/there", to=to).images == {"train": 2, "val": 2}


def _with_test(everything: Path, change: Any = lambda document: None) -> Path:
    """Adds a test part, of the images of val under other names."""
    document = json.loads((everything / "annotations/instances_val.json").read_text())
    folder = everything / "images" if (everything / "images").is_dir() else everything
    (folder / "test").mkdir()
    for image in document["images"]:
        found = next(path for path in everything.rglob(Path(image["file_name"]).name) if "val" in str(path.parent))
        (folder / "test" / f"t-{found.name}").write_bytes(found.read_bytes())
        image["file_name"] = f"t-{found.name}"
    change(document)
    (everything / "annotations/instances_test.json").write_text(json.dumps(document))
    return everything


@pytest.mark.parametrize("to", ["coco", "yolo", "voc"])
def test_a_test_part_comes_along(everything: Path, tmp_path: Path, to: Any) -> None:
    done = convert(_with_test(everything), tmp_path / "out", to=to)
    assert done.images == {"train": 2, "val": 2, "test": 2}
    assert len(read_source(tmp_path / "out", "test").table) == 2


def test_a_test_part_of_other_classes_is_left_out_and_said(everything: Path, tmp_path: Path) -> None:
    def rename(document: dict[str, Any]) -> None:
        document["categories"][0]["name"] = "other"

    done = convert(_with_test(everything, rename), tmp_path / "out", to="coco")
    assert set(done.images) == {"train", "val"}
    assert "parts that have other classes than train and val, left out" in _losses(done.losses)


def test_one_file_called_test_is_written_once(everything: Path, tmp_path: Path) -> None:
    for path in [*_with_test(everything).rglob("t-*")]:
        path.rename(path.parents[1] / path.name)
    done = convert(everything / "annotations/instances_test.json", tmp_path / "out", to="coco")
    assert done.images == {"train": 2, "val": 2}  # what it stands beside is found, and it is the part to measure on
