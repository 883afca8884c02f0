"""A YOLO folder without its data.yaml."""

from pathlib import Path

import pytest
import yaml
from PIL import Image

from boxwright.data import open_dataset
from boxwright.data.formats.yolo.missing_yaml import missing_yaml
from boxwright.errors import DataError

LAYOUTS = {
    "kinds first": ("images/train", "labels/train", "images/val", "labels/val"),
    "parts first": ("train/images", "train/labels", "valid/images", "valid/labels"),
    "side by side": ("train", "train", "val", "val"),
    "no parts": ("images", "labels", "images", "labels"),
}


def _made(root: Path, layout: str, label: str = "2 0.5 0.5 0.2 0.2\n") -> Path:
    train_images, train_labels, val_images, val_labels = LAYOUTS[layout]
    for number, (images, labels) in enumerate(((train_images, train_labels), (val_images, val_labels))):
        for folder in (images, labels):
            (root / folder).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64)).save(root / images / f"{number}.png")
        (root / labels / f"{number}.txt").write_text(label if number else "0 0.5 0.5 0.5 0.5\n")
    return root


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_lines_of_the_error_make_it_a_data_set(layout: str, tmp_path: Path) -> None:
    root = _made(tmp_path / "cells", layout)
    with pytest.raises(DataError, match=r"no data\.yaml that says what their classes are") as refused:
        open_dataset(root, "train")
    said = str(refused.value).partition("in place of these:\n")[2]
    lines = [line for line in said.splitlines() if line.startswith("  ")]
    (root / "data.yaml").write_text("\n".join(line.strip() for line in lines))
    assert yaml.safe_load((root / "data.yaml").read_text())["names"] == ["class_0", "class_1", "class_2"]
    splits = ("train",) if layout == "no parts" else ("train", "val")
    datasets = [open_dataset(root, split) for split in splits]
    assert sum(map(len, datasets)) == 2
    assert {dataset.categories for dataset in datasets} == {("class_0", "class_1", "class_2")}
    assert ("--val 0.2" in said) == (layout == "no parts")
    assert missing_yaml(root) == ""


def test_names_of_a_file_of_names_are_taken(tmp_path: Path) -> None:
    root = _made(tmp_path, "kinds first")
    (root / "classes.txt").write_text("red\nwhite\nplatelet\n")
    assert "names: [red, white, platelet]" in missing_yaml(root)
    (root / "classes.txt").write_text("red\n")  # which cannot be all
    assert "names: [class_0, class_1, class_2]" in missing_yaml(root)


@pytest.mark.parametrize("label", ["a text\n", "0 0.5\n", "\udcff", ""])
def test_other_folders_are_none(label: str, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.txt").write_bytes(label.encode("utf-8", "surrogateescape"))
    assert missing_yaml(tmp_path) == ""
    assert missing_yaml(tmp_path / "images") == ""


def test_many_classes_are_not_all_shown(tmp_path: Path) -> None:
    root = _made(tmp_path, "kinds first", "9999 0.5 0.5 0.2 0.2\n")
    assert missing_yaml(root).endswith("class_99, … up to class_9999]")
