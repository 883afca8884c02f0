from pathlib import Path

import pytest

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.image_finder import ImageFinder
from boxwright.data.reading_limits import ReadingLimits


@pytest.fixture
def finder(tmp_path: Path) -> ImageFinder:
    root = tmp_path / "data"
    for name in ("labels/x.json", "images/a.jpg", "images/sub/b.png", "c.JPG", "../secret.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return ImageFinder(root, (root / "images",), ReadingLimits())


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("../images/a.jpg", "images/a.jpg"),
        ("..\\images\\sub\\b.png", "images/sub/b.png"),
        ("images/a.jpg", "images/a.jpg"),
        ("sub/b.png", "images/sub/b.png"),
        ("a.jpg", "images/a.jpg"),
        ("C:\\Users\\me\\a.jpg", "images/a.jpg"),
        ("/other/machine/a.jpg", "images/a.jpg"),
        ("../../../elsewhere/a.jpg", "images/a.jpg"),
    ],
)
def test_paths_of_this_and_of_other_machines(finder: ImageFinder, name: str, found: str) -> None:
    assert finder(name, beside=finder.root / "labels") == str(finder.root / found)


def test_another_name(finder: ImageFinder) -> None:
    assert finder("", others=("c",)) == str(finder.root / "c.JPG")


@pytest.mark.parametrize("name", ["../../secret.jpg", "z.jpg", "", ".", "..", "/"])
def test_what_is_not_found(finder: ImageFinder, name: str) -> None:
    with pytest.raises(UnsoundError) as caught:
        finder(name, beside=finder.root / "labels")
    assert caught.value.code in ("path-outside", "missing-image")


def test_outside_is_refused_unless_it_is_allowed(finder: ImageFinder) -> None:
    with pytest.raises(UnsoundError, match="leads out"):
        finder("../secret.jpg")
    allowed = ImageFinder(finder.root, (), ReadingLimits(allow_outside=True))
    assert Path(allowed("../secret.jpg")).resolve() == (finder.root / "../secret.jpg").resolve()
