from pathlib import Path

import pytest
from PIL import Image

from boxwright.data import read_source
from boxwright.data.faults import Fault
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.verification.unlisted_images import unlisted_images


@pytest.fixture
def readings(everything: Path) -> dict[str, Reading]:
    """Two parts with two images each, in folders of their own."""
    return {split: read_source(everything, split) for split in ("train", "val")}


def _said(readings: dict[str, Reading], known: list[Fault] | None = None) -> list[str]:
    return [f"{Path(fault.file).name}: {fault.message}" for fault in unlisted_images(readings, known or [])]


def test_nothing_unlisted(readings: dict[str, Reading]) -> None:
    assert _said(readings) == []


def test_images_in_no_part(everything: Path, readings: dict[str, Reading]) -> None:
    for name in ("c.PNG", "d.jpg", "e.gif", "f.webp"):
        Image.new("RGB", (3, 2)).save(everything / "images/train" / name)
    for name in ("._g.jpg", "notes.txt", "Thumbs.db"):
        (everything / "images/train" / name).touch()
    assert _said(readings) == ["train: 4 images in no part: c.PNG, d.jpg, e.gif, …"]


def test_an_image_with_a_fault_is_listed(everything: Path, readings: dict[str, Reading]) -> None:
    (everything / "images/val/bad.png").touch()
    bad = Fault("image-empty", str(everything / "images/val/bad.png"), None, "the file has no bytes")
    assert _said(readings, [bad]) == []


def test_a_part_that_is_missing_makes_its_images_unlisted(everything: Path, readings: dict[str, Reading]) -> None:
    for path in (everything / "images/val").iterdir():
        path.rename(everything / "images/train" / f"v{path.name}")
    assert _said({"train": readings["train"]}) == ["train: 2 images in no part: va.png, vb.png"]


def test_folders_that_are_gone(everything: Path, readings: dict[str, Reading]) -> None:
    (everything / "images").rename(everything / "pictures")
    assert _said(readings) == []


def test_images_of_kinds_that_are_not_read(everything: Path, readings: dict[str, Reading]) -> None:
    (everything / "images/train/c.heic").touch()
    assert _said(readings) == ["train: 1 image in no part: c.heic"]
    said = Fault("image-unused", str(everything / "images"), None, "1 file not used: c.heic")
    assert _said(readings, [said]) == []
