from pathlib import Path

import pytest
from PIL import Image

from boxwright.data.formats.yolo.layout import read_yolo_folder
from boxwright.data.reading_limits import ReadingLimits

ROW = "0 0.5 0.5 0.5 0.5\n"


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("train/a", "train/sub/b"):
        for kind in ("images", "labels"):
            (root / kind / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4)).save(root / f"images/{name}.jpg")
        (root / f"labels/{name}.txt").write_text(ROW)
    (root / "data.yaml").write_text("train: images/train\nnames: [cat]\n")
    return root


def _said(root: Path) -> list[tuple[str, str, str]]:
    faults = read_yolo_folder(root, "train", ReadingLimits()).faults.faults
    return [(fault.code, fault.file.removeprefix(f"{root}/"), fault.message) for fault in faults]


def test_nothing_left(yolo: Path) -> None:
    (yolo / "images/train/notes.txt").write_text("remarks")
    (yolo / "labels/train/classes.txt").write_text("cat\ndog\n")
    (yolo / "labels/train/.hidden.txt").write_text(ROW)
    assert _said(yolo) == []


def test_images_that_are_not_used(yolo: Path) -> None:
    for name in ("c.heic", "sub/d.cr2", "e.heic", "f.heic", "other.bin"):
        (yolo / f"images/train/{name}").touch()
    (yolo / "images/train/plain").write_bytes(b"\xff\xd8\xff\xe0")
    ((code, folder, message),) = _said(yolo)
    assert (code, folder) == ("image-unused", "images/train")
    assert message == "5 files not used: c.heic, e.heic, f.heic, …"


def test_a_file_with_a_label_file_counts_whatever_it_is(yolo: Path) -> None:
    (yolo / "images/train/c.bin").touch()
    (yolo / "labels/train/c.txt").write_text(ROW)
    assert _said(yolo) == [("image-unused", "images/train", "1 file not used: c.bin")]


def test_hidden_files_are_a_note(yolo: Path) -> None:
    (yolo / "images/train/.ipynb_checkpoints").mkdir()
    (yolo / "images/train/.ipynb_checkpoints/a.jpg").touch()
    (yolo / "images/train/._a.jpg").touch()
    (yolo / "images/train/.DS_Store").touch()
    assert _said(yolo) == [("hidden", "images/train", "2 left out: ._a.jpg, .ipynb_checkpoints")]


def test_label_files_without_an_image(yolo: Path) -> None:
    (yolo / "labels/train/x.txt").write_text(ROW)
    (yolo / "labels/train/lost/deep").mkdir(parents=True)
    (yolo / "labels/train/lost/deep/y.txt").write_text(ROW)
    assert _said(yolo) == [
        ("labels-unused", "labels/train", "1 label file without an image: x.txt"),
        ("labels-unused", "labels/train/lost/deep", "1 label file without an image: y.txt"),
    ]


def test_label_files_beside_images(yolo: Path) -> None:
    for name in ("a.jpg", "a.txt", "b.txt", "readme.txt"):
        (yolo / "plain" / name).parent.mkdir(exist_ok=True)
        if name == "a.jpg":
            Image.new("RGB", (6, 4)).save(yolo / "plain" / name)
        else:
            (yolo / "plain" / name).write_text("words" if name == "readme.txt" else ROW)
    (yolo / "data.yaml").write_text("train: plain\nnames: [cat]\n")
    assert _said(yolo) == [("labels-unused", "plain", "1 label file without an image: b.txt")]


def test_images_of_a_list_that_are_not_listed_have_labels_rightly(yolo: Path) -> None:
    (yolo / "list.txt").write_text("images/train/sub/b.jpg\n")
    (yolo / "data.yaml").write_text("train: list.txt\nnames: [cat]\n")
    assert _said(yolo) == []


def test_linked_label_folders(yolo: Path) -> None:
    (yolo / "labels/train/sub").rename(yolo / "far")
    (yolo / "labels/train/sub").symlink_to(yolo / "far")
    (yolo / "labels/train/loop").symlink_to(yolo / "labels")
    (yolo / "far/x.txt").write_text(ROW)
    assert _said(yolo) == [("labels-unused", "labels/train/sub", "1 label file without an image: x.txt")]


def test_a_folder_of_labels_that_parts_share(yolo: Path) -> None:
    for name in ("photos/train/p", "photos/val/q"):
        (yolo / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4)).save(yolo / f"{name}.jpg")
    for name in ("p", "q", "gone"):
        (yolo / f"labels/{name}.txt").write_text(ROW)
    (yolo / "data.yaml").write_text("train: photos/train\nval: photos/val\nnames: [cat]\n")
    assert _said(yolo) == [("labels-unused", "labels", "1 label file without an image: gone.txt")]
