from pathlib import Path

from boxwright.data.formats.folders import all_folders, has_images, portion_folders, subfolders, with_suffix


def _make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir(parents=True)


def test_folders_of_a_part(tmp_path: Path) -> None:
    _make(tmp_path, "train/images", "train/annots", "images/train", "labels/train", "val", ".hidden/train")
    places = [[str(each.relative_to(tmp_path)) for each in place] for place in portion_folders(tmp_path, "train")]
    assert places == [["train", "train/annots", "train/images"], ["images/train", "labels/train"]]


def test_folders_of_the_whole_are_not_those_of_parts(tmp_path: Path) -> None:
    _make(tmp_path, "train", "Valid", "images", "annots")
    (place,) = portion_folders(tmp_path, "whole")
    assert place == [tmp_path, tmp_path / "annots", tmp_path / "images"]


def test_files_by_suffix(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.xml", "._c.xml", "d.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in with_suffix(tmp_path, (".xml", ".jpg"))] == ["a.xml", "b.JPG"]
    assert has_images(tmp_path)
    assert not subfolders(tmp_path)
    assert subfolders(tmp_path / "none") == []


def test_all_folders_come_once(tmp_path: Path) -> None:
    _make(tmp_path, "train/images", "images/val", "annots")
    found = all_folders(tmp_path)
    expected = {".", "annots", "images", "images/val", "train", "train/images"}
    assert {folder.relative_to(tmp_path).as_posix() for folder in found} == expected
    assert len(found) == len(expected)
