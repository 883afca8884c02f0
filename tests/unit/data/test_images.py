from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from boxwright.data import images
from boxwright.data.images import as_pixels, as_tensor, read_image
from boxwright.errors import DataError


def _write(path: Path, pixels: np.ndarray) -> Path:
    assert cv2.imwrite(str(path), pixels)
    return path


def test_colour_comes_as_rgb(tmp_path: Path) -> None:
    bgr = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    assert np.array_equal(read_image(_write(tmp_path / "x.png", bgr)), bgr[:, :, ::-1])


def test_grey_is_repeated(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (4, 6), dtype=np.uint8)
    assert np.array_equal(read_image(_write(tmp_path / "x.png", grey)), np.dstack([grey] * 3))


def test_alpha_is_dropped(tmp_path: Path) -> None:
    bgra = np.random.default_rng(0).integers(0, 256, (4, 6, 4), dtype=np.uint8)
    assert np.array_equal(read_image(_write(tmp_path / "x.png", bgra)), bgra[:, :, 2::-1])


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    deep = np.array([[0, 255, 256, 0x1234, 0xFFFF]], dtype=np.uint16)
    read = read_image(_write(tmp_path / "x.png", deep))
    assert read.dtype == np.uint8
    assert np.abs(read[0, :, 0].astype(int) - [0, 0, 1, 0x12, 0xFF]).max() <= 1


def test_orientation_is_ignored(tmp_path: Path) -> None:
    """Boxes refer to stored pixels. The JPEG gets an EXIF block that says: turn by 90 degrees."""
    path = _write(tmp_path / "x.jpg", np.zeros((8, 16, 3), np.uint8))
    tiff = b"MM\x00*\x00\x00\x00\x08" + b"\x00\x01" + b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + b"\0" * 4
    block = b"Exif\x00\x00" + tiff
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + data[2:])
    assert cv2.imread(str(path)).shape == (16, 8, 3), "the EXIF block of this test is not read"
    assert read_image(path).shape == (8, 16, 3)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.png.*cannot be opened"):
        read_image(tmp_path / "none.png")


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_undecodable_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.jpg.*not an image"):
        read_image(tmp_path / "bad.jpg")


def test_other_size_than_annotated(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.png", np.zeros((4, 6, 3), np.uint8))
    assert read_image(path, (4, 6)).shape == (4, 6, 3)
    with pytest.raises(DataError, match=r"x\.png: the image is 6×4 .* says 5×4"):
        read_image(path, (4, 5))
    with pytest.raises(DataError, match="EXIF"):
        read_image(path, (6, 4))


def test_views_share_memory() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    tensor = as_tensor(pixels)
    assert tensor.shape == (3, 4, 6)
    assert np.shares_memory(as_pixels(tensor), pixels)


def test_pixels_of_channels_first_memory_are_copied_into_order() -> None:
    tensor = torch.arange(24, dtype=torch.uint8).reshape(3, 2, 4)
    pixels = as_pixels(tensor)
    assert pixels.flags.c_contiguous
    assert pixels[1, 2].tolist() == [6, 14, 22]


def test_older_opencv_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bgr = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    path = _write(tmp_path / "x.png", bgr)
    monkeypatch.setattr(images, "_RGB", None)
    assert np.array_equal(read_image(path), bgr[:, :, ::-1])
