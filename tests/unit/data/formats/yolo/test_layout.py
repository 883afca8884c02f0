from pathlib import Path

import pytest
from PIL import Image

from boxwright.data import read_source
from boxwright.data.formats.layout import LayoutNotFoundError, PartNotFoundError
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.yolo.layout import read_yolo_folder
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError
from boxwright.writing.own_mark import with_mark


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


def test_an_image_that_is_listed_again_comes_again_with_its_objects_and_its_faults_once(yolo: Path) -> None:
    (yolo / "list.txt").write_text("images/train/a.jpg\nimages/train/sub/b.jpg\n" + "images/train/a.jpg\n" * 3)
    (yolo / "labels/train/a.txt").write_text("1 0.5 0.5 0.5 0.5\n0 0.5 0.5 2 2\n0 0.1 0.1 0.9 0.1 0.5 0.9\n")
    _describe(yolo, "train: list.txt\n")
    reading = _read(yolo, limits=ReadingLimits(masks="kept"))
    assert [Path(path.decode()).name for path in reading.table.paths] == ["a.jpg", "b.jpg", "a.jpg", "a.jpg", "a.jpg"]
    assert [len(reading.table.truth(position)) for position in range(5)] == [2, 1, 2, 2, 2]
    first, again = reading.table.truth(0), reading.table.truth(4)
    assert first.boxes.tolist() == again.boxes.tolist()
    assert first.labels.tolist() == again.labels.tolist()
    assert first.masks is not None
    assert again.masks is not None
    assert first.masks.to_boolean().tolist() == again.masks.to_boolean().tolist()
    assert first.origin.image_id != again.origin.image_id
    assert [fault.code for fault in reading.faults.faults] == ["listed-again", "not-normalized", "rows-taken-for"]


def test_images_that_share_a_label_file(yolo: Path) -> None:
    Image.new("RGB", (6, 4)).save(yolo / "images/train/a.png")
    (fault,) = _read(yolo).faults.faults
    assert (fault.code, fault.severity, fault.file) == ("shared-labels", "warning", str(yolo / "images/train/a.png"))
    assert "labels/train/a.txt" in fault.message
    assert "a.jpg" in fault.message


def test_data_below_a_folder_called_images_reads_its_own_labels(tmp_path: Path) -> None:
    root = tmp_path / "images/plants"
    for name in ("train/a.jpg", "train/b.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4)).save(root / name)
    (root / "train/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    others = tmp_path / "labels/plants/train"
    others.mkdir(parents=True)
    for name in ("a", "b"):
        (others / f"{name}.txt").write_text("1 0.5 0.5 0.1 0.1\n" * 3)
    _describe(root, "train: train\n")
    for limits in (ReadingLimits(), ReadingLimits(allow_outside=True)):
        reading = _read(root, limits=limits)
        assert [len(reading.table.truth(position)) for position in range(2)] == [1, 0]
        assert [fault.code for fault in reading.faults.faults] == ["missing-labels"]
    (root / "train/a.txt").unlink()
    with pytest.raises(DataError, match=r"There is .*/labels/plants/train/a\.txt, but outside"):
        _read(root)


def test_path_that_leads_out_does_not_read_data_of_the_same_name(yolo: Path) -> None:
    (yolo.parent / "far/images/train").mkdir(parents=True)
    Image.new("RGB", (6, 4)).save(yolo.parent / "far/images/train/x.jpg")
    _describe(yolo, "path: ../far\ntrain: images/train\n")
    with pytest.raises(DataError, match="allow_outside"):
        _read(yolo)


def test_path_of_another_machine_is_said(yolo: Path) -> None:
    _describe(yolo, "path: /of/another/machine\ntrain: images/train\n")
    reading = _read(yolo)
    assert [fault.code for fault in reading.faults.faults] == ["path-elsewhere"]
    assert len(reading.table) == 2


def test_key_points_are_left_out(yolo: Path) -> None:
    for file in (yolo / "labels").rglob("*.txt"):
        file.write_text("1 0.5 0.5 0.5 0.5 0.4 0.4 2 0.6 0.6 0\n")
    _describe(yolo, "train: images/train\nkpt_shape: [2, 3]\n")
    reading = _read(yolo)
    assert reading.table.truth(0).boxes.tolist() == [[1.5, 1, 4.5, 3]]
    assert [fault.code for fault in reading.faults.faults] == ["rows-taken-for"]


@pytest.mark.parametrize("value", ["2024", "010", "1.10", "on"])
def test_folders_whose_names_look_like_numbers(yolo: Path, value: str) -> None:
    (yolo / "images/train").rename(yolo / "images" / value)
    (yolo / "labels/train").rename(yolo / "labels" / value)
    _describe(yolo, f"path: images\ntrain: {value}\n")
    assert len(_read(yolo).table) == 2


@pytest.mark.parametrize("value", ["null", "~", "", "''", "[]"])
def test_a_split_that_is_nothing(yolo: Path, value: str) -> None:
    _describe(yolo, f"train: images/train\nval: {value}\n")
    with pytest.raises(PartNotFoundError, match="'val'"):
        _read(yolo, "val")


def test_a_split_with_something_else_in_its_list(yolo: Path) -> None:
    _describe(yolo, "train: [images/train, null]\n")
    with pytest.raises(DataError, match="train must be a folder"):
        _read(yolo)


def test_a_data_yaml_may_be_named_itself(yolo: Path) -> None:
    _describe(yolo, "path: .\ntrain: images/train\nval: images/val\n")
    assert len(read_source(yolo / "data.yaml", "train").table) == 2


@pytest.mark.parametrize("name", ["data.YAML", "Data.yaml", "data.yml", "pets.YML"])
def test_suffixes_in_capitals(yolo: Path, name: str) -> None:
    (yolo / "data.yaml").rename(yolo / name)
    assert len(_read(yolo).table) == 2


def test_a_number_of_classes_without_names_is_said(yolo: Path) -> None:
    _describe(yolo, "train: images/train\nval: images/val\n", "nc: 2")
    with pytest.raises(LayoutNotFoundError, match=r"'names' in .*data\.yaml, which has nc alone"):
        _read(yolo)
    with pytest.raises(DataError, match=r"data\.yaml has nc, but no names of the classes\. Write them"):
        read_source(yolo / "data.yaml", "train")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("0 0.5 0.5 0.5 0.5".encode("utf-16"), "text in UTF-16"),
        ("0 0.5 0.5 0.5 0.5 # café".encode("latin-1"), "text in another encoding"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
    ],
)
def test_label_files_in_another_encoding(yolo: Path, content: bytes, kind: str) -> None:
    (yolo / "labels/train/a.txt").write_bytes(content)
    (fault,) = _read(yolo).faults.errors
    assert (fault.code, fault.message) == ("unreadable-annotations", f"the label file is not UTF-8 but {kind}")
    assert "save it as UTF-8" in fault.cure


def test_what_boxwright_drew_into_the_folder_is_no_image_to_learn_from(yolo: Path) -> None:
    for name in ("drawn", "sub/found", "labelled"):
        file = yolo / f"images/train/{name}.jpg"
        Image.new("RGB", (6, 4)).save(file)
        file.write_bytes(with_mark(file.read_bytes()))
    (yolo / "labels/train/labelled.txt").write_text("1 0.5 0.5 0.5 0.5\n")
    reading = _read(yolo)
    assert sorted(Path(path).stem for path in reading.table.all_paths()) == ["a", "b", "labelled"]
    assert {(fault.code, fault.severity, Path(fault.file).stem) for fault in reading.faults.faults} == {
        ("own-picture", "warning", "drawn"),
        ("own-picture", "warning", "found"),
    }
