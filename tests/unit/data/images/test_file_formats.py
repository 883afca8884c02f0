from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.data.images.file_formats import FILE_FORMATS, format_of, looks_like_image, suffix_of
from boxwright.data.images.header import read_header
from boxwright.data.images.reading import read_image
from boxwright.errors import DataError

WRITTEN = {"JPEG": ".jpg", "PNG": ".png", "BMP": ".bmp", "TIFF": ".tif", "WEBP": ".webp", "GIF": ".gif"}
MORE = {"AVIF": ".avif", "JPEG2000": ".jp2", "PNM": ".ppm"}
READ = {each.name for each in FILE_FORMATS if each.opener is not None}


def _picture() -> Image.Image:
    return Image.fromarray(np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3))


@pytest.mark.parametrize(("name", "suffix"), [*WRITTEN.items(), *MORE.items()])
def test_every_format_is_told_by_content(name: str, suffix: str, tmp_path: Path) -> None:
    if name not in READ:
        pytest.skip(f"the installed Pillow does not read {name}")
    _picture().save(tmp_path / f"a{suffix}")
    path = (tmp_path / f"a{suffix}").rename(tmp_path / "a")
    header = read_header(path)
    assert (header.format, header.stored_size) == (name, (6, 8))
    assert read_image(path).shape == (6, 8, 3)
    assert looks_like_image(str(path)) == (name not in ("BMP", "PNM"))


@pytest.mark.parametrize(("suffix", "mode"), [(".avif", "RGB"), (".jp2", "RGB"), (".jp2", "RGBA"), (".jp2", "L")])
def test_pixels_that_pillow_decodes(suffix: str, mode: str, tmp_path: Path) -> None:
    if {".avif": "AVIF", ".jp2": "JPEG2000"}[suffix] not in READ:
        pytest.skip("the installed Pillow does not read it")
    _picture().convert(mode).save(tmp_path / f"a{suffix}")
    expected = np.asarray(Image.open(tmp_path / f"a{suffix}").convert("RGB"))
    assert np.array_equal(read_image(tmp_path / f"a{suffix}"), expected)


def test_sixteen_bits_of_jpeg2000_and_pnm(tmp_path: Path) -> None:
    if "JPEG2000" not in READ:
        pytest.skip("the installed Pillow does not read JPEG 2000")
    deep = np.array([[0, 255, 256, 0x1234, 0xFFFF, 0x8000]] * 6, dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.jp2")
    Image.fromarray(deep).save(tmp_path / "a.pgm")
    for name in ("a.jp2", "a.pgm"):
        assert np.array_equal(read_image(tmp_path / name)[..., 0], deep >> 8), name


def test_orientation_of_avif(tmp_path: Path) -> None:
    if "AVIF" not in READ:
        pytest.skip("the installed Pillow does not read AVIF")
    exif = Image.Exif()
    exif[0x0112] = 6
    _picture().save(tmp_path / "a.avif", exif=exif)
    assert read_header(tmp_path / "a.avif").shown_size == (8, 6)
    assert read_image(tmp_path / "a.avif").shape == (8, 6, 3)


@pytest.mark.parametrize("suffix", [".avif", ".jp2", ".ppm"])
def test_cut_files_are_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=r"a\."):
        read_image(path)


@pytest.mark.parametrize("start", [b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", b"8BPS\x00\x01"])
def test_formats_that_are_not_read_look_like_images(start: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(start)
    assert format_of(start) is None
    assert looks_like_image(str(tmp_path / "a"))
    with pytest.raises(DataError, match="is not an image that boxwright reads"):
        read_header(tmp_path / "a")


def test_what_does_not_look_like_an_image(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"P5 is a text, BM another")
    assert not looks_like_image(str(tmp_path / "a"))
    assert not looks_like_image(str(tmp_path / "gone"))


@pytest.mark.parametrize(
    ("name", "suffix"), [("a.JPG", ".jpg"), ("a.b.png", ".png"), ("a", ""), (".jpg", ""), ("x.y/a", ""), ("a.", ".")]
)
def test_suffix(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix
