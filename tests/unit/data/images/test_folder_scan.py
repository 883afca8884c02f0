import os
from pathlib import Path

import pytest

from boxwright.data.images.file_formats import IMAGE_SUFFIXES
from boxwright.data.images.folder_scan import is_hidden, scan_folder


def _make(root: Path, *names: str, content: bytes = b"") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def _below(root: Path, paths: list[str]) -> list[str]:
    return [os.path.relpath(path, root) for path in paths]


def test_every_suffix_in_any_case(tmp_path: Path) -> None:
    names = [f"{case(suffix)[1:]}/a{case(suffix)}" for suffix in IMAGE_SUFFIXES for case in (str.lower, str.upper)]
    _make(tmp_path, *names, "a.txt", "b.xml", "c.mp4", "avi", ".jpg")
    found = scan_folder(str(tmp_path))
    assert _below(tmp_path, found.used) == sorted(names)
    assert {".gif", ".jfif", ".jpe", ".dib", ".avif", ".jp2", ".ppm"} <= set(IMAGE_SUFFIXES)
    assert _below(tmp_path, scan_folder(str(tmp_path), (".mp4",)).used) == sorted([*names, "c.mp4"])


@pytest.mark.parametrize(
    "name",
    [
        *(".ipynb_checkpoints", ".thumbnails", "__MACOSX", "@eaDir", "$RECYCLE.BIN", ".git"),
        *("._a.jpg", ".DS_Store", ".a.jpg", "Thumbs.db", "desktop.ini"),
    ],
)
def test_hidden_names(name: str, tmp_path: Path) -> None:
    assert is_hidden(name)
    if "." not in name[1:]:
        _make(tmp_path, f"sub/{name}/deep/b.jpg")
    else:
        _make(tmp_path, f"sub/{name}")
    _make(tmp_path, "a.jpg")
    found = scan_folder(str(tmp_path))
    assert _below(tmp_path, found.used) == ["a.jpg"]
    assert found.others == []
    assert all(os.path.basename(path) == name for path in found.hidden)


def test_a_folder_that_is_named_itself_may_be_hidden(tmp_path: Path) -> None:
    _make(tmp_path, ".data/a.jpg")
    assert _below(tmp_path, scan_folder(str(tmp_path / ".data")).used) == [".data/a.jpg"]


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    _make(tmp_path, "far/b.jpg", "far/deep/c.jpg", "data/day1/a.jpg")
    (tmp_path / "data/day2").symlink_to(tmp_path / "far")
    (tmp_path / "far/back").symlink_to(tmp_path / "data/day1")
    found = scan_folder(str(tmp_path / "data"))
    assert _below(tmp_path / "data", found.used) == ["day1/a.jpg", "day2/b.jpg", "day2/deep/c.jpg"]
    assert _below(tmp_path / "data", found.hidden) == ["day2/back"]


def test_loops_end_and_the_real_folder_goes_first(tmp_path: Path) -> None:
    _make(tmp_path, "val/v.jpg", "train/b/a.jpg", "train/c/d.jpg")
    for link, goal in (
        ("train/b/up", "train"),
        ("train/a", "train/b"),
        ("train/above", "."),
        ("train/c/self", "train/c"),
    ):
        (tmp_path / link).symlink_to(tmp_path / goal)
    found = scan_folder(str(tmp_path / "train"))
    assert _below(tmp_path / "train", found.used) == ["b/a.jpg", "c/d.jpg"]
    assert _below(tmp_path / "train", found.hidden) == ["a", "above", "b/up", "c/self"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    _make(tmp_path, "far/a.jpg")
    (tmp_path / "near").symlink_to(tmp_path / "far")
    assert _below(tmp_path, scan_folder(str(tmp_path / "near")).used) == ["near/a.jpg"]


def test_what_looks_like_an_image_and_is_not_used(tmp_path: Path) -> None:
    _make(tmp_path, "a.heic", "b.CR2", "c.txt", "d.unknown")
    _make(tmp_path, "plain", "e.part", content=b"\xff\xd8\xff\xe0")
    _make(tmp_path, "f.bin", content=b"BM is how this text begins")
    found = scan_folder(str(tmp_path))
    assert _below(tmp_path, found.others) == ["a.heic", "b.CR2", "d.unknown", "e.part", "f.bin", "plain"]
    assert _below(tmp_path, found.unused()) == ["a.heic", "b.CR2", "e.part", "plain"]


def test_broken_links_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    found = scan_folder(str(tmp_path))
    assert (_below(tmp_path, found.used), found.others) == (["gone.jpg"], [])
