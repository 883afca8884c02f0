import cv2
import numpy as np
import pytest

from boxwright.errors import ConfigError
from boxwright.evaluation import write_picture
from boxwright.writing.own_mark import has_mark

IMAGE = np.zeros((20, 30, 3), np.uint8)
IMAGE[:, :10, 0] = 255  # red to the left


@pytest.mark.parametrize("name", ["plain.png", "Übung/写真 1.PNG", "deep/er/name.with.dots.png"])
def test_png_comes_back_exactly(tmp_path, name):
    path = write_picture(tmp_path / name, IMAGE)
    assert path == tmp_path / name
    back = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(back, IMAGE)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_jpeg_is_jpeg(tmp_path):
    path = write_picture(tmp_path / "a.jpg", IMAGE)
    assert path.read_bytes()[:2] == b"\xff\xd8"


def test_an_unknown_suffix_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match=r"\.gif.*\.png"):
        write_picture(tmp_path / "a.gif", IMAGE)


def test_what_no_jpeg_holds_is_an_error(tmp_path):
    long = np.zeros((1, 65_501, 3), np.uint8)
    with pytest.raises(ConfigError, match=r"a\.jpg: a JPEG has .* 65,500 pixels; found 1 × 65,501\. Write it as \.png"):
        write_picture(tmp_path / "a.jpg", long)
    assert list(tmp_path.iterdir()) == []
    write_picture(tmp_path / "a.png", long)


def test_a_failed_write_leaves_the_old_picture(tmp_path, monkeypatch):
    path = write_picture(tmp_path / "a.png", IMAGE)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_picture(path, IMAGE + 1, replaces=True)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG"])
def test_a_picture_is_marked_and_none_is_written_over(tmp_path, name):
    path = write_picture(tmp_path / name, IMAGE)
    assert has_mark(path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="is there already"):
        write_picture(path, IMAGE + 1)
    assert path.read_bytes() == before
    assert write_picture(path, IMAGE + 1, replaces=True).read_bytes() != before
