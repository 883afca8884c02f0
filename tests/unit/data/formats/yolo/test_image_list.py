from pathlib import Path

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.yolo.image_list import ImageList
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("images/train/a.jpg", "images/train/sub/b.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "list.txt").write_text("images/train/a.jpg\nimages/train/a.jpg\nimages/train/sub/b.jpg\n")
    return root


def _list(data: Path, *entries: str, **limits: bool) -> tuple[list[str], FaultList]:
    faults = FaultList(str(data / "data.yaml"))
    found = ImageList(data / "data.yaml", [data], ReadingLimits(**limits), faults)
    found.add(entries)
    return [Path(image).name for image in found.images], faults


@pytest.mark.parametrize(
    ("entries", "images", "more"),
    [
        (["images/train"], ["a.jpg", "b.jpg"], 0),
        (["images/train/sub", "images/train"], ["b.jpg", "a.jpg"], 0),
        (["list.txt"], ["a.jpg", "a.jpg", "b.jpg"], 1),
        (["list.txt", "images/train/sub"], ["a.jpg", "a.jpg", "b.jpg"], 1),
        (["images/train/sub", "list.txt"], ["a.jpg", "a.jpg", "b.jpg"], 1),
        (["images/train"] * 3, ["a.jpg", "b.jpg"] * 3, 4),
        (["list.txt"] * 2, ["a.jpg", "a.jpg", "b.jpg"] * 2, 4),
    ],
)
def test_repeats_are_kept_and_counted(data: Path, entries: list[str], images: list[str], more: int) -> None:
    found, faults = _list(data, *entries)
    assert found == images
    assert [fault.code for fault in faults.faults] == (["listed-again"] if more else [])
    if more:
        assert f", {more} repeat" in faults.faults[0].message


@pytest.mark.parametrize(
    "entry", ["/disk/x/images/train", "images\\train", "C:\\set\\images\\train", "up/images/train"]
)
def test_folders_of_other_machines_are_said(data: Path, entry: str) -> None:
    found, faults = _list(data, entry)
    assert found == ["a.jpg", "b.jpg"]
    (fault,) = faults.faults
    assert fault.code == "path-elsewhere"
    assert f"{entry!r} is not there; {data}/images/train is read" in fault.message


def test_steps_up_that_exporters_write_in_vain(data: Path) -> None:
    assert _list(data, "../images/train") == (["a.jpg", "b.jpg"], FaultList(str(data / "data.yaml")))


def test_a_folder_outside_is_not_exchanged_for_one_inside(data: Path) -> None:
    outside = data.parent / "images/train"
    outside.mkdir(parents=True)
    (outside / "c.jpg").touch()
    for entry in ("../images/train", str(outside)):
        with pytest.raises(DataError, match=r"leads out(.|\n)*allow_outside"):
            _list(data, entry)
        assert _list(data, entry, allow_outside=True)[0] == ["c.jpg"]


def test_nothing_of_that_name(data: Path) -> None:
    with pytest.raises(DataError, match=r"'pictures' is not found:\n.*there is no .*pictures"):
        _list(data, "pictures")
