from pathlib import Path

import pytest
from PIL import Image

from boxwright.data.formats.layout import LayoutNotFoundError, PartNotFoundError
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.yolo.layout import read_yolo_folder
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@pytest.fixture
def yolo(tmp_path: Path) -> Path:
    """Two images to train on, one of them in a subfolder, and one to measure on."""
    root = tmp_path / "data"
    for name in ("train/a", "train/sub/b", "val/c"):
        for kind in ("images", "labels"):
            (root / kind / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4)).save(root / f"images/{name}.jpg")
        (root / f"labels/{name}.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    _describe(root, "train: images/train\nval: images/val\n")
    return root


def _describe(root: Path, text: str, names: str = "names: [cat, dog]") -> None:
    (root / "data.yaml").write_text(f"{text}{names}\n")


def _read(root: Path, split: str = "train", limits: ReadingLimits | None = None) -> Reading:
    return read_yolo_folder(root, split, limits or ReadingLimits())


def test_folders(yolo: Path) -> None:
    train, val = _read(yolo), _read(yolo, "val")
    assert (len(train.table), len(val.table)) == (2, 1)
    assert train.faults.faults == []
    assert train.categories == ("cat", "dog")
    assert train.table.truth(0).boxes.tolist() == [[1.5, 1, 4.5, 3]]
    assert train.row_word == "line"


@pytest.mark.parametrize(
    "text",
    [
        "path: .\ntrain: images/train\n",
        "path: images\ntrain: train\n",
        "train: ../images/train\n",
        "train: ./images/train\n",
        "train: [images/train]\n",
        "train: [images/train/sub, images/train]\n",
        "train: list.txt\n",
        "train: [list.txt, images/train/sub]\n",
    ],
)
def test_ways_to_say_where(yolo: Path, text: str) -> None:
    _describe(yolo, text)
    (yolo / "list.txt").write_text(f"./images/train/a.jpg\n\n{yolo}/images/train/sub/b.jpg\n")
    reading = _read(yolo)
    assert reading.faults.faults == []
    assert sorted(Path(path.decode()).name for path in reading.table.paths) == ["a.jpg", "b.jpg"]


def test_numbers_of_classes_may_have_gaps(yolo: Path) -> None:
    _describe(yolo, "train: images/train\n", "names: {1: dog, 8: cat}")
    reading = _read(yolo)
    assert (reading.categories, reading.category_ids) == (("dog", "cat"), (1, 8))
    assert reading.table.truth(0).labels.tolist() == [0]


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ("names: []", "names must be"),
        ("names: cat", "names must be"),
        ("names: {a: cat}", "names must be"),
        ("names: [cat, cat]", "more than once"),
        ("names: [cat, dog]\nnc: 3", "nc is 3"),
    ],
)
def test_bad_names(yolo: Path, names: str, what: str) -> None:
    _describe(yolo, "train: images/train\n", names)
    with pytest.raises(DataError, match=what):
        _read(yolo)


def test_image_without_labels_is_background_with_a_warning(yolo: Path) -> None:
    (yolo / "labels/train/a.txt").unlink()
    reading = _read(yolo)
    assert [fault.code for fault in reading.faults.faults] == ["missing-labels"]
    assert [len(reading.table.truth(position)) for position in range(2)] == [0, 1]


def test_no_labels_at_all_is_an_error(yolo: Path) -> None:
    (yolo / "labels").rename(yolo / "texts")
    with pytest.raises(DataError, match=r"none of the 2 train images has a label file.*\n.*labels/train/a\.txt"):
        _read(yolo)


def test_paths_that_lead_out(yolo: Path) -> None:
    outside = yolo.parent / "else/images"
    outside.mkdir(parents=True)
    (yolo.parent / "else/labels").mkdir()
    Image.new("RGB", (6, 4)).save(outside / "x.jpg")
    (yolo.parent / "else/labels/x.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (yolo / "list.txt").write_text("images/train/a.jpg\n../else/images/x.jpg\n")
    _describe(yolo, "train: list.txt\n")
    reading = _read(yolo)
    (fault,) = reading.faults.errors
    assert (fault.code, fault.where, fault.file) == ("path-outside", "line 2", str(yolo / "list.txt"))
    assert len(_read(yolo, limits=ReadingLimits(allow_outside=True)).table) == 2
    for text in (f"train: {outside}\n", "train: ../else/images\n", "path: ../else\ntrain: images\n"):
        _describe(yolo, text)
        allowed = _read(yolo, limits=ReadingLimits(allow_outside=True))
        assert Path(allowed.table.paths[0].decode()).resolve() == outside / "x.jpg"
    _describe(yolo, f"train: {outside}\n")
    with pytest.raises(DataError, match="leads out"):
        _read(yolo)


def test_images_that_cannot_be_used(yolo: Path) -> None:
    (yolo / "images/train/sub/b.jpg").write_bytes(b"")
    (yolo / "list.txt").write_text("images/train/a.jpg\nimages/train/sub/b.jpg\nimages/train/gone.jpg\n")
    _describe(yolo, "train: list.txt\n")
    reading = _read(yolo)
    assert [fault.code for fault in reading.faults.errors] == ["image-empty", "missing-image"]
    assert len(reading.table) == 1
    small = _read(yolo, limits=ReadingLimits(max_pixels=23))
    assert small.faults.errors[0].code == "image-too-large"


def test_label_file_in_another_encoding(yolo: Path) -> None:
    (yolo / "labels/train/a.txt").write_bytes(b"\xff\xfe\x00")
    assert [fault.code for fault in _read(yolo).faults.errors] == ["unreadable-annotations"]


def test_turned_image_has_the_size_that_viewers_show(yolo: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4)).save(yolo / "images/train/a.jpg", exif=exif)
    assert _read(yolo).table.truth(0).origin.size == (6, 4)


def test_split_that_is_not_there(yolo: Path) -> None:
    _describe(yolo, "train: images/train\n")
    with pytest.raises(PartNotFoundError, match="'val'"):
        _read(yolo, "val")


def test_folder_or_list_that_is_not_there(yolo: Path) -> None:
    _describe(yolo, "train: pictures\n")
    with pytest.raises(DataError, match="'pictures' is not found"):
        _read(yolo)


def test_no_description(tmp_path: Path) -> None:
    with pytest.raises(LayoutNotFoundError, match=r"data\.yaml"):
        _read(tmp_path)
