import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from boxwright.data.images.reading import as_pixels, as_tensor, read_image
from boxwright.data.reading_limits import ReadingLimits
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


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("suffix", ["avif", "bmp", "gif", "jp2", "jpg", "png", "ppm", "tif", "webp"])
def test_what_is_read_may_be_written_to_whoever_decodes_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    Image.new("RGB", (6, 4), (10, 200, 30)).save(path)
    pixels = read_image(path)
    assert pixels.flags.writeable
    assert as_tensor(pixels).shape == (3, 4, 6)  # torch warns where it shares memory that may not be written to


def test_of_sixteen_bits_the_upper_eight_are_kept(tmp_path: Path) -> None:
    deep = np.array([[0, 255, 256, 0x1234, 0xFFFF]], dtype=np.uint16)
    for suffix in ("png", "tif"):
        read = read_image(_write(tmp_path / f"x.{suffix}", deep))
        assert read.dtype == np.uint8
        assert read[0].tolist() == [[value >> 8] * 3 for value in deep[0].tolist()]


def test_palette_is_looked_up(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(colours).quantize(8)
    picture.save(tmp_path / "x.png", transparency=0)
    assert np.array_equal(read_image(tmp_path / "x.png"), np.asarray(picture.convert("RGB")))


def test_grey_with_alpha_and_one_bit(tmp_path: Path) -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8))
    for mode in ("LA", "1"):
        picture.convert(mode).save(tmp_path / f"{mode}.png")
        grey = np.asarray(picture.convert(mode).convert("L"))
        assert np.array_equal(read_image(tmp_path / f"{mode}.png"), np.dstack([grey] * 3)), mode


@pytest.mark.parametrize(("suffix", "tolerance"), [("tif", 1), ("jpg", 4)])
def test_cmyk(tmp_path: Path, suffix: str, tolerance: int) -> None:
    """Cyan 200, magenta 30, yellow 90, black 40; the JPEG is not free of loss."""
    Image.new("CMYK", (16, 16), (200, 30, 90, 40)).save(tmp_path / f"x.{suffix}")
    expected = [(255 - ink) * (255 - 40) / 255 for ink in (200, 30, 90)]
    assert np.abs(read_image(tmp_path / f"x.{suffix}") - expected).max() <= tolerance


@pytest.mark.parametrize("pixels", [np.zeros((4, 6), np.float32), np.zeros((4, 6), np.int32)])
def test_values_without_a_range_are_refused(tmp_path: Path, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(tmp_path / "x.tif")
    with pytest.raises(DataError, match=r"x\.tif.*32-bit values"):
        read_image(tmp_path / "x.tif")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp"])
def test_cut_off_file_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=rf"x\.{suffix}"):
        read_image(path)


def test_large_image_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path / "x.png", np.zeros((40, 50, 3), np.uint8))
    assert read_image(path, limits=ReadingLimits(max_pixels=2000)).shape == (40, 50, 3)
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(DataError, match=r"x\.png: the image is 50×40, 2,000 pixels; at most 1,999"):
        read_image(path, limits=ReadingLimits(max_pixels=1999))


def test_a_small_file_that_claims_a_huge_image_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.png", np.zeros((4, 4), np.uint8))
    data = bytearray(path.read_bytes())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(DataError, match="3,600,000,000 pixels"):
        read_image(path)


def _oriented(path: Path, orientation: int) -> np.ndarray:
    """Writes stored pixels with an orientation, and gives what Pillow shows."""
    stored = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(path, exif=exif)
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_image_is_turned_as_viewers_show_it(tmp_path: Path, suffix: str, orientation: int) -> None:
    shown = _oriented(tmp_path / f"x.{suffix}", orientation)
    read = read_image(tmp_path / f"x.{suffix}")
    assert np.array_equal(read, shown)
    assert read.flags.c_contiguous
    assert np.array_equal(read_image(tmp_path / f"x.{suffix}", shown.shape[:2]), shown)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_annotation_of_the_stored_size_gets_the_stored_pixels(tmp_path: Path, suffix: str, orientation: int) -> None:
    """Boxes refer to the frame whose width and height the annotation states."""
    _oriented(tmp_path / f"x.{suffix}", orientation)
    stored = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    assert np.array_equal(read_image(tmp_path / f"x.{suffix}", (4, 6)), stored)


def test_photograph_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (16, 8)).save(tmp_path / "x.jpg", exif=exif)
    assert read_image(tmp_path / "x.jpg").shape == (16, 8, 3)
    assert read_image(tmp_path / "x.jpg", (8, 16)).shape == (8, 16, 3)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.png.*cannot be opened"):
        read_image(tmp_path / "none.png")


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_undecodable_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.jpg: the file is (empty|not an image)"):
        read_image(tmp_path / "bad.jpg")


def test_other_size_than_annotated(tmp_path: Path) -> None:
    path = _write(tmp_path / "x.png", np.zeros((4, 6, 3), np.uint8))
    assert read_image(path, (4, 6)).shape == (4, 6, 3)
    with pytest.raises(DataError, match=r"x\.png: the image is 6×4 .* says 5×4"):
        read_image(path, (4, 5))
    with pytest.raises(DataError, match="exchanged"):
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
