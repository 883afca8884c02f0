from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.darknet.layout import read_darknet_file, read_darknet_folder
from boxwright.data.formats.layout import LayoutNotFoundError, OtherFormatError
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

LIMITS = ReadingLimits()


@pytest.fixture
def cvat(tmp_path: Path, save_picture: Any) -> Path:
    """What CVAT writes as YOLO 1.1."""
    (tmp_path / "obj.names").write_text("dog\ncat\n")
    (tmp_path / "obj.data").write_text(
        "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\nbackup = backup/\n"
    )
    for split, folder in (("train", "obj_train_data"), ("valid", "obj_valid_data")):
        save_picture(f"{folder}/{split}.jpg")
        (tmp_path / f"{folder}/{split}.txt").write_text("1 0.5 0.5 0.5 0.5\n")
        (tmp_path / f"{split}.txt").write_text(f"data/{folder}/{split}.jpg\n")
    return tmp_path


def test_the_export_of_cvat(cvat: Path, objects: Any) -> None:
    for split, name in (("train", "train.jpg"), ("val", "valid.jpg")):
        for reading in (
            read_darknet_folder(cvat, split, LIMITS),  # type: ignore[arg-type]
            read_darknet_file(cvat / "obj.data", split, LIMITS),  # type: ignore[arg-type]
        ):
            assert reading.categories == ("dog", "cat")
            assert objects(reading) == [(name, "cat", [15, 10, 45, 30])]
            assert reading.faults.faults == []


def test_the_folder_data_may_be_there(cvat: Path, objects: Any) -> None:
    (cvat / "data").mkdir()
    for name in ("train.txt", "valid.txt", "obj.names", "obj_train_data"):
        (cvat / name).rename(cvat / "data" / name)
    assert objects(read_darknet_folder(cvat, "train", LIMITS)) == [("train.jpg", "cat", [15, 10, 45, 30])]


def test_a_part_that_is_not_named(cvat: Path) -> None:
    text = (cvat / "obj.data").read_text()
    (cvat / "obj.data").write_text(text.replace("valid = data/valid.txt\n", ""))
    with pytest.raises(LayoutNotFoundError, match="'val'"):
        read_darknet_folder(cvat, "val", LIMITS)
    assert len(read_darknet_folder(cvat, "train", LIMITS).table) == 1


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("obj.names", "cat\ncat\n", "each once"),
        ("obj.names", "", "each once"),
        ("obj.data", "train = data/gone.txt\nnames = data/obj.names", r"there is no .*gone\.txt"),
        ("obj.data", "train = ../../gone.txt\nnames = data/obj.names", "leads out"),
    ],
)
def test_what_cannot_be_read(cvat: Path, name: str, text: str, what: str) -> None:
    (cvat / name).write_text(text)
    with pytest.raises(DataError, match=what):
        read_darknet_folder(cvat, "train", LIMITS)


def test_images_that_are_not_there_or_outside(cvat: Path) -> None:
    (cvat / "train.txt").write_text("data/obj_train_data/train.jpg\ndata/obj_train_data/gone.jpg\n../../x.jpg\n")
    reading = read_darknet_folder(cvat, "train", LIMITS)
    assert len(reading.table) == 1
    assert sorted(fault.code for fault in reading.faults.faults) == ["missing-image", "path-outside"]


@pytest.mark.parametrize("text", ["", "a = b", "names = x", "train: x", "\x00"])
def test_other_files(tmp_path: Path, text: str) -> None:
    (tmp_path / "obj.data").write_text(text)
    with pytest.raises(OtherFormatError):
        read_darknet_file(tmp_path / "obj.data", "train", LIMITS)
    with pytest.raises(LayoutNotFoundError):
        read_darknet_folder(tmp_path, "train", LIMITS)


def test_an_image_that_is_listed_again_comes_again(cvat: Path, objects: Any) -> None:
    (cvat / "train.txt").write_text("data/obj_train_data/train.jpg\n" * 3)
    reading = read_darknet_folder(cvat, "train", LIMITS)
    assert objects(reading) == [("train.jpg", "cat", [15, 10, 45, 30])] * 3
    assert [fault.code for fault in reading.faults.faults] == ["listed-again"]
