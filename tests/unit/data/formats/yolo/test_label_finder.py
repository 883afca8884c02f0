from pathlib import Path

import pytest

from boxwright.data.formats.yolo.label_finder import LabelFinder
from boxwright.errors import DataError


def test_places_of_a_label_file() -> None:
    finder = LabelFinder(["/data"], "val")
    assert finder.places("/data/images/val/a.b.jpg") == ["/data/labels/val/a.b.txt", "/data/images/val/a.b.txt"]
    jpegs = ["labels", "labels/JPEGImages", "labels/val", "labels/valid", "labels/validation", "JPEGImages"]
    assert finder.places("/data/JPEGImages/a.jpg") == [f"/data/{folder}/a.txt" for folder in jpegs]
    assert finder.places("/data/photos/a.jpg") == [
        "/data/labels/photos/a.txt",
        "/data/labels/val/a.txt",
        "/data/labels/valid/a.txt",
        "/data/labels/validation/a.txt",
        "/data/labels/a.txt",
        "/data/photos/a.txt",
    ]
    assert finder.places("/data/a.jpg")[0] == "/data/labels/val/a.txt"


def test_several_folders_called_images() -> None:
    finder = LabelFinder(["/data"], "train")
    assert finder.places("/data/images/x/images/a.jpg") == [
        "/data/images/x/labels/a.txt",
        "/data/labels/x/images/a.txt",
        "/data/images/x/images/a.txt",
    ]


@pytest.mark.parametrize("root", ["/images/plants", "/a/images/b/images/plants"])
def test_what_lies_above_the_data_does_not_count(root: str) -> None:
    finder = LabelFinder([root], "train")
    for image in (f"{root}/train/a.jpg", f"{root}/images/a.jpg", f"{root}/x/images/y/a.jpg", f"{root}/a.jpg"):
        assert all(place.startswith(root) for place in finder.places(image)), image
    assert finder.places(f"{root}/images/train/a.jpg")[0] == f"{root}/labels/train/a.txt"


def test_relative_and_absolute_roots_search_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "images/plants").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "images")
    relative = LabelFinder(["plants"], "train").places("plants/train/a.jpg")
    absolute = LabelFinder([f"{tmp_path}/images/plants"], "train").places(f"{tmp_path}/images/plants/train/a.jpg")
    assert [f"{tmp_path}/images/{place}" for place in relative] == absolute
    monkeypatch.chdir(tmp_path / "images/plants")
    dotted = LabelFinder(["."], "train").places("./train/a.jpg")
    assert [str(tmp_path / "images/plants" / place) for place in dotted] == absolute


def test_the_outermost_root_counts() -> None:
    finder = LabelFinder(["/data/images", "/data"], "train")
    assert finder.places("/data/images/train/a.jpg")[0] == "/data/labels/train/a.txt"


def test_an_image_outside_has_its_own_labels_first() -> None:
    finder = LabelFinder(["/data"], "train")
    assert finder.places("/images/far/images/a.jpg") == [
        "/images/far/images/a.txt",
        "/images/far/labels/a.txt",
        "/labels/far/images/a.txt",
        "/data/labels/train/a.txt",
        "/data/labels/training/a.txt",
        "/data/labels/a.txt",
    ]


def test_the_first_place_with_a_file(tmp_path: Path) -> None:
    for name in ("images/x", "labels/x", "photos/day1", "labels/train/day1", "labels/photos/day2", "photos/day2"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("labels/x/a", "images/x/a", "images/x/b", "labels/photos/day2/c", "photos/day1/c"):
        (tmp_path / f"{name}.txt").touch()
    finder = LabelFinder([str(tmp_path)], "train")
    for image, label in (
        ("images/x/a", "labels/x/a"),
        ("images/x/b", "images/x/b"),
        ("photos/day1/c", "photos/day1/c"),
        ("photos/day2/c", "labels/photos/day2/c"),
    ):
        assert finder(f"{tmp_path}/{image}.jpg") == f"{tmp_path}/{label}.txt"
    assert finder(f"{tmp_path}/images/x/gone.jpg") is None


def test_labels_outside_are_named_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "labels/plants").mkdir(parents=True)
    (tmp_path / "labels/plants/a.txt").touch()
    finder = LabelFinder([str(tmp_path / "images/plants")], "train")
    image = str(tmp_path / "images/plants/a.jpg")
    assert finder(image) is None
    assert finder.outside(image) == str(tmp_path / "labels/plants/a.txt")
    assert finder.outside(str(tmp_path / "images/plants/b.jpg")) is None


def test_capitals(tmp_path: Path) -> None:
    for name in ("Images/a.jpg", "Labels/a.TXT"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    finder = LabelFinder([str(tmp_path)], "train")
    assert finder(f"{tmp_path}/Images/a.jpg") == f"{tmp_path}/Labels/a.TXT"


def test_a_folder_of_labels_that_cannot_be_read_is_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(DataError, match=r"The folder .*/labels cannot be read \(Permission denied\)\. Allow it"):
        LabelFinder([str(tmp_path)], "train")(str(tmp_path / "images/a.jpg"))
