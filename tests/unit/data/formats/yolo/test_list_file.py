from pathlib import Path

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.yolo.list_file import read_list_file
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("images/train/a.jpg", "images/train/b.jpg", "obj_train_data/c.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _read(data: Path, text: str, **limits: bool) -> tuple[list[str], FaultList]:
    (data / "train.txt").write_bytes(text.encode())
    faults = FaultList(str(data / "data.yaml"))
    images = read_list_file(data / "train.txt", (data,), ReadingLimits(**limits), faults)
    return [image.removeprefix(f"{data}/") for image in images], faults


def test_repeats_stay_in_their_order(data: Path) -> None:
    images, faults = _read(data, "images/train/a.jpg\nimages/train/b.jpg\n\n./images/train/a.jpg\n")
    assert images == ["images/train/a.jpg", "images/train/b.jpg", "images/train/a.jpg"]
    assert faults.faults == []


@pytest.mark.parametrize(
    "folder",
    [
        "data/images/train/",
        "/disk/other/data/images/train/",
        "C:\\Users\\me\\images\\train\\",
        "images\\train\\",
        "D:/x/images/train/",
        "../up/images/train/",
        "\\\\server\\images\\train\\",
        "file:///x/images/train/",
    ],
)
def test_paths_of_other_machines_are_found_by_their_last_steps_and_said_once(data: Path, folder: str) -> None:
    images, faults = _read(data, f"{folder}a.jpg\r\n{folder}b.jpg\r\n{folder}a.jpg\r\n")
    assert images == ["images/train/a.jpg", "images/train/b.jpg", "images/train/a.jpg"]
    (fault,) = faults.faults
    assert (fault.code, fault.file) == ("path-elsewhere", str(data / "train.txt"))
    assert "3 paths not there" in fault.message
    assert repr(f"{folder}a.jpg") in fault.message


def test_the_prefix_of_cvat(data: Path) -> None:
    images, faults = _read(data, "data/obj_train_data/c.jpg\n")
    assert images == ["obj_train_data/c.jpg"]
    assert [fault.code for fault in faults.faults] == ["path-elsewhere"]


def test_what_is_not_there_is_one_fault_and_relative_paths_are_kept(data: Path) -> None:
    lost = "".join(f"C:\\far\\{number}.jpg\n" for number in range(50))
    images, faults = _read(data, f"images/train/a.jpg\nimages/train/gone.jpg\n{lost}")
    assert images == ["images/train/a.jpg", "images/train/gone.jpg"]
    (fault,) = faults.errors
    assert fault.code == "missing-image"
    assert "50 paths of another machine" in fault.message
    assert "copy the images" in fault.cure


@pytest.mark.parametrize("text", ["gone/a1.jpg\ngone/b1.jpg", "/disk/other/a1.jpg", "C:\\x\\a1.jpg", "data/x/a1.jpg"])
def test_a_list_of_images_that_are_not_there(data: Path, text: str) -> None:
    with pytest.raises(
        DataError, match=r"train\.txt: none of the \d images? that it lists is there.*a1\.jpg(.|\n)*Copy"
    ):
        _read(data, text)


def test_a_file_outside_is_refused_and_not_exchanged_for_one_inside(data: Path) -> None:
    outside = data.parent / "images/train/a.jpg"
    outside.parent.mkdir(parents=True)
    outside.touch()
    for written in (str(outside), "../images/train/a.jpg"):
        images, faults = _read(data, f"images/train/b.jpg\n{written}\n")
        assert images == ["images/train/b.jpg"]
        (fault,) = faults.errors
        assert (fault.code, fault.where) == ("path-outside", "line 2")
        images, faults = _read(data, f"images/train/b.jpg\n{written}\n", allow_outside=True)
        assert images == ["images/train/b.jpg", str(outside)]
        assert faults.faults == []


def test_an_empty_list(data: Path) -> None:
    assert _read(data, "\n\n")[0] == []


def test_no_text(data: Path) -> None:
    (data / "train.txt").write_bytes(b"a\0b")
    with pytest.raises(DataError, match="cannot be read as a list"):
        read_list_file(data / "train.txt", (data,), ReadingLimits(), FaultList("x"))


def test_two_paths_that_turn_out_to_be_one_file(data: Path) -> None:
    (data / "1.jpg").touch()
    with pytest.raises(DataError, match="both are"):
        _read(data, "/x/day1/1.jpg\n/x/day2/1.jpg\n")


def test_a_list_in_a_subfolder_may_lead_up_to_the_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "lists").mkdir()
    (data / "lists/train.txt").write_text("../images/train/a.jpg\n../../far.jpg\n")
    (data.parent / "far.jpg").touch()
    faults = FaultList("data.yaml")
    images = read_list_file(data / "lists/train.txt", (data / "lists", data), ReadingLimits(), faults)
    assert images == [f"{data}/images/train/a.jpg"]
    assert [(fault.code, fault.where) for fault in faults.faults] == [("path-outside", "line 2")]
    monkeypatch.chdir(data)
    images = read_list_file(Path("lists/train.txt"), (Path("lists"), Path()), ReadingLimits(), FaultList("data.yaml"))
    assert images == ["images/train/a.jpg"]
