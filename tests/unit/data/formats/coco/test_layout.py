import json
import os
from pathlib import Path

import pytest

from boxwright.data.formats.coco.layout import read_coco_folder
from boxwright.data.formats.layout import LayoutNotFoundError
from boxwright.data.formats.table_dataset import TableDataset
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@pytest.mark.parametrize("images", ["images", "JPEGImages", "train", "train2017", "images/train", ".", "annotations"])
@pytest.mark.parametrize(
    "annotations",
    ["annotations/instances_train.json", "annotations/train.json", "annotations/instances_train2017.json"],
)
def test_layouts(many_images: Path, images: str, annotations: str) -> None:
    (many_images / "annotations/instances_train.json").rename(many_images / annotations)
    (many_images / "images").rename(many_images / "moved")
    (many_images / images).mkdir(parents=True, exist_ok=True)
    for file in (many_images / "moved").iterdir():
        file.rename(many_images / images / file.name)
    assert len(TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))) == 11


def test_annotations_in_the_root(many_images: Path) -> None:
    (many_images / "annotations/instances_train.json").rename(many_images / "my-train.json")
    assert len(TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))) == 11


def test_annotations_beside_the_images(many_images: Path) -> None:
    (many_images / "images").rename(many_images / "valid")
    (many_images / "annotations/instances_train.json").rename(many_images / "valid/_annotations.coco.json")
    assert len(TableDataset.from_reading(read_coco_folder(many_images, "val", ReadingLimits()))) == 11


def test_instances_come_before_others(many_images: Path) -> None:
    (many_images / "annotations/captions_train.json").write_text("{}")
    assert len(TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))) == 11


def test_several_candidates(many_images: Path) -> None:
    (many_images / "annotations/instances_train2.json").write_text("{}")
    with pytest.raises(DataError, match=r"instances_train\.json.*instances_train2\.json"):
        TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))


def test_word_inside_another_word_does_not_count(many_images: Path) -> None:
    (many_images / "annotations/instances_train.json").rename(many_images / "annotations/constraints.json")
    with pytest.raises(LayoutNotFoundError):
        TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))


def test_images_that_are_nowhere(many_images: Path) -> None:
    (many_images / "images").rename(many_images / "elsewhere")
    with pytest.raises(DataError, match="images were not found") as caught:
        TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))
    assert "JPEGImages/0.png" in str(caught.value)


@pytest.mark.parametrize("name", ["train_args.json", "train/a.json", "annotations/train.json"])
@pytest.mark.parametrize(
    "content", ['{"lr": 0.01}', '{"shapes": []}', "[]", '{"info": {}, "categories": {}, "items": []}']
)
def test_json_of_another_kind_is_not_claimed(many_images: Path, name: str, content: str) -> None:
    (many_images / "annotations/instances_train.json").unlink()
    (many_images / name).parent.mkdir(exist_ok=True)
    (many_images / name).write_text(content)
    with pytest.raises(LayoutNotFoundError):
        read_coco_folder(many_images, "train", ReadingLimits())


def test_a_stray_file_does_not_hide_the_right_one(many_images: Path) -> None:
    (many_images / "images").rename(many_images / "train")
    (many_images / "annotations/instances_train.json").rename(many_images / "train/_annotations.coco.json")
    (many_images / "train/notes.json").write_text("{}")
    assert len(read_coco_folder(many_images, "train", ReadingLimits()).table) == 11


@pytest.mark.parametrize("content", ["", "<html>", '{"images": [', '{"images": {}}'])
def test_a_broken_file_keeps_its_message(many_images: Path, content: str) -> None:
    (many_images / "annotations/instances_train.json").write_text(content)
    with pytest.raises(DataError, match="Export the annotations again"):
        read_coco_folder(many_images, "train", ReadingLimits())


@pytest.mark.parametrize("name", ["annotations/instances_default.json", "result.json", "annotations/labels.json"])
def test_the_whole_is_a_file_for_no_part(many_images: Path, name: str) -> None:
    (many_images / "annotations/instances_train.json").rename(many_images / name)
    assert len(read_coco_folder(many_images, "whole", ReadingLimits()).table) == 11
    with pytest.raises(LayoutNotFoundError):
        read_coco_folder(many_images, "train", ReadingLimits())


@pytest.mark.parametrize("name", ["annotations/instances_train.JSON", "annotations/Train.Json", "train/x.coco.JSON"])
def test_suffixes_in_capitals(many_images: Path, name: str) -> None:
    (many_images / "train").mkdir()
    (many_images / "annotations/instances_train.json").rename(many_images / name)
    assert len(TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))) == 11


def test_what_macos_leaves_beside_a_file_is_no_second_one(many_images: Path) -> None:
    (many_images / "images").rename(many_images / "train")
    (many_images / "annotations/instances_train.json").rename(many_images / "train/_annotations.coco.json")
    (many_images / "train/._annotations.coco.json").write_bytes(b"\0\5\x16\7")
    assert len(TableDataset.from_reading(read_coco_folder(many_images, "train", ReadingLimits()))) == 11


def test_a_folder_of_images_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, category = {"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}, {"id": 1, "name": "cat"}
    document = {"images": [image], "annotations": [], "categories": [category]}
    for folder in ("annotations", "images"):
        (tmp_path / folder).mkdir()
    (tmp_path / "annotations/instances_train.json").write_text(json.dumps(document))
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path / "images")
    with pytest.raises(DataError, match=r"the images were not found, and .*/images cannot be read\. Allow it\."):
        read_coco_folder(tmp_path, "train", ReadingLimits())
