import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from boxwright.data.formats.layout import LayoutNotFoundError
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.voc.layout import read_voc_folder
from boxwright.data.reading_limits import ReadingLimits

XML = (
    "<annotation><size><width>6</width><height>4</height></size><object><name>{}</name>"
    "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax><ymax>3</ymax></bndbox></object></annotation>"
)


def _write(folder: Path, images: Path, name: str, label: str) -> None:
    for place in (folder, images):
        place.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.xml").write_text(XML.format(label))
    Image.new("RGB", (6, 4)).save(images / f"{name}.jpg")


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    """`a` and `b 1` to train on, `c` to measure on; three classes."""
    for name, label in (("a", "dog"), ("b 1", "cat"), ("c", "ape")):
        _write(tmp_path / "Annotations", tmp_path / "JPEGImages", name, label)
    (tmp_path / "ImageSets/Main").mkdir(parents=True)
    (tmp_path / "ImageSets/Main/train.txt").write_text("a\nb 1\n\n")
    (tmp_path / "ImageSets/Main/val.txt").write_text("c\n")
    return tmp_path


def _read(root: Path, split: Any = "train") -> Reading:
    return read_voc_folder(root, split, ReadingLimits())


def test_lists(voc: Path) -> None:
    train, val = _read(voc), _read(voc, "val")
    assert (len(train.table), len(val.table)) == (2, 1)
    assert train.categories == val.categories == ("ape", "cat", "dog")
    assert train.table.truth(0).labels.tolist() == [2]
    assert train.faults.faults == []


def test_list_with_flags(voc: Path) -> None:
    (voc / "ImageSets/Main/train.txt").write_text("a  1\nb 1 -1\na\n")
    assert len(_read(voc).table) == 2


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("labels.txt", "dog\nape\ncat\n"),
        ("classes.txt", "dog\n\nape\ncat"),
        ("labelmap.txt", "# label:color_rgb:parts:actions\ndog:1,2,3::\nape:::\ncat:::\n"),
    ],
)
def test_order_of_the_labels(voc: Path, file: str, text: str) -> None:
    (voc / file).write_text(text)
    assert _read(voc).categories == ("dog", "ape", "cat")


def test_class_that_is_not_in_the_file_of_labels(voc: Path) -> None:
    (voc / "labels.txt").write_text("dog\nape\n")
    reading = _read(voc)
    assert [fault.code for fault in reading.faults.errors] == ["unknown-class"]
    assert len(reading.table) == 2


@pytest.mark.parametrize("below", ["VOCdevkit/VOC2012", "VOC2007"])
def test_folder_inside(voc: Path, tmp_path_factory: pytest.TempPathFactory, below: str) -> None:
    outer = tmp_path_factory.mktemp("outer")
    (outer / below).parent.mkdir(parents=True, exist_ok=True)
    voc.rename(outer / below)
    assert len(_read(outer).table) == 2


def test_side_by_side(tmp_path: Path) -> None:
    _write(tmp_path / "train", tmp_path / "train", "a", "dog")
    _write(tmp_path / "valid", tmp_path / "valid", "b", "cat")
    assert _read(tmp_path, "val").categories == ("cat", "dog")
    assert len(_read(tmp_path).table) == 1


def test_name_in_the_list_that_leads_out(voc: Path) -> None:
    _write(voc.parent / "else", voc.parent / "else", "x", "dog")
    (voc / "ImageSets/Main/train.txt").write_text("a\n../../else/x\n")
    reading = _read(voc)
    assert [fault.code for fault in reading.faults.errors] == ["path-outside"]
    assert len(reading.table) == 1


def test_neither(tmp_path: Path) -> None:
    with pytest.raises(LayoutNotFoundError, match="ImageSets/Main/train"):
        _read(tmp_path)


@pytest.mark.parametrize(
    ("annotations", "images"),
    [
        ("annots", "images"),
        ("annotations", "images"),
        ("Annotations", "JPEGImages"),
        ("labels", "pictures"),
        (".", "."),
    ],
)
def test_folders_without_lists_are_the_whole(tmp_path: Path, annotations: str, images: str) -> None:
    for name, label in (("a", "dog"), ("b", "cat")):
        _write(tmp_path / annotations, tmp_path / images, name, label)
    whole = _read(tmp_path, "whole")
    assert (len(whole.table), whole.categories) == (2, ("cat", "dog"))
    assert whole.faults.faults == []
    with pytest.raises(LayoutNotFoundError):
        _read(tmp_path)


@pytest.mark.parametrize("form", ["{split}/{kind}", "{kind}/{split}"])
def test_folders_of_parts_without_lists(tmp_path: Path, form: str) -> None:
    for split, name, label in (("train", "a", "dog"), ("val", "b", "ape")):
        places = [tmp_path / form.format(split=split, kind=kind) for kind in ("annots", "images")]
        _write(places[0], places[1], name, label)
    for split in ("train", "val"):
        part = _read(tmp_path, split)
        assert (len(part.table), part.categories) == (1, ("ape", "dog"))


def test_xml_of_another_kind_is_not_claimed(tmp_path: Path) -> None:
    _write(tmp_path / "train", tmp_path / "train", "a", "dog")
    (tmp_path / "train/a.xml").write_text("<annotations><image/></annotations>")
    with pytest.raises(LayoutNotFoundError):
        _read(tmp_path)


def test_the_background_of_a_label_map_is_no_class(voc: Path) -> None:
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::", "dog:128,0,0::", "cat:0,128,0::", "ape:1,2,3::"]
    (voc / "labelmap.txt").write_text("\n".join(lines))
    assert _read(voc).categories == ("dog", "cat", "ape")


def test_a_list_for_no_part_is_the_whole(voc: Path) -> None:
    (voc / "ImageSets/Main/train.txt").rename(voc / "ImageSets/Main/default.txt")
    (voc / "ImageSets/Main/val.txt").unlink()
    assert len(_read(voc, "whole").table) == 2


def test_a_name_that_is_listed_again_comes_again(voc: Path) -> None:
    (voc / "ImageSets/Main/train.txt").write_text("a\nb 1\na\na\n")
    reading = _read(voc)
    assert [Path(path.decode()).name for path in reading.table.paths] == ["a.jpg", "b 1.jpg", "a.jpg", "a.jpg"]
    assert [len(reading.table.truth(position)) for position in range(4)] == [1, 1, 1, 1]
    assert [fault.code for fault in reading.faults.faults] == ["listed-again"]
    (voc / "Annotations/a.xml").unlink()
    reading = _read(voc)
    assert len(reading.table) == 1
    assert [fault.code for fault in reading.faults.errors] == ["missing-annotations"]


@pytest.mark.parametrize("suffix", [".xml", ".XML"])
@pytest.mark.parametrize("has_lists", [True, False])
def test_suffixes_in_capitals(voc: Path, suffix: str, has_lists: bool) -> None:
    for file in (voc / "Annotations").iterdir():
        file.rename(file.with_suffix(suffix))
    if not has_lists:
        shutil.rmtree(voc / "ImageSets")
    found = _read(voc, "train" if has_lists else "whole")
    assert (len(found.table), found.faults.faults) == (2 if has_lists else 3, [])
    assert found.categories == ("ape", "cat", "dog")


@pytest.mark.parametrize("filename", ["a.jpg", "a", "\n  a.jpg\n", " C:\\photos\\a.jpg ", "photos/a"])
def test_a_filename_is_that_of_its_image_however_it_is_written(voc: Path, filename: str) -> None:
    file = voc / "Annotations/a.xml"
    file.write_text(file.read_text().replace("<size>", f"<filename>{filename}</filename><size>", 1))
    assert _read(voc).faults.faults == []


@pytest.mark.parametrize("size", ["6.0", " 6. ", "6"])
def test_sides_are_whole_numbers_however_they_are_written(voc: Path, size: str) -> None:
    file = voc / "Annotations/a.xml"
    file.write_text(file.read_text().replace("<width>6<", f"<width>{size}<"))
    assert _read(voc).faults.faults == []
