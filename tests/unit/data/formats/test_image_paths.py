from pathlib import Path

import pytest

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.image_paths import path_inside
from boxwright.data.reading_limits import ReadingLimits

STRICT, LOOSE = ReadingLimits(), ReadingLimits(allow_outside=True)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a.jpg", "a.jpg"), ("./sub/../a b.jpg", "a b.jpg"), ("sub/ä.jpg", "sub/ä.jpg"), ("..a.jpg", "..a.jpg")],
)
def test_inside(tmp_path: Path, name: str, kept: str) -> None:
    assert path_inside(tmp_path, name, STRICT) == kept


def test_absolute_path_into_the_folder(tmp_path: Path) -> None:
    assert path_inside(tmp_path, f"{tmp_path}/sub/a.jpg", STRICT) == "sub/a.jpg"


@pytest.mark.parametrize("name", ["../a.jpg", "sub/../../a.jpg", "/etc/hostname", ".."])
def test_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsoundError, match="leads out") as caught:
        path_inside(tmp_path / "data", name, STRICT)
    assert caught.value.code == "path-outside"
    assert "allow_outside" in caught.value.cure
    assert path_inside(tmp_path / "data", name, LOOSE).startswith("/")


def test_a_folder_with_the_same_beginning_is_outside(tmp_path: Path) -> None:
    with pytest.raises(UnsoundError):
        path_inside(tmp_path / "data", f"{tmp_path}/data2/a.jpg", STRICT)
