from pathlib import Path

import pytest
from PIL import Image

from boxwright.data.images.header import read_header
from boxwright.errors import DataError


@pytest.mark.parametrize(
    ("suffix", "name"),
    [("jpg", "JPEG"), ("png", "PNG"), ("bmp", "BMP"), ("tif", "TIFF"), ("webp", "WEBP"), ("gif", "GIF")],
)
def test_format_and_size(tmp_path: Path, suffix: str, name: str) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / f"x.{suffix}")
    header = read_header(tmp_path / f"x.{suffix}")
    assert (header.format, header.stored_size, header.shown_size, header.orientation) == (name, (4, 6), (4, 6), 1)


def test_the_content_counts_and_not_the_suffix(tmp_path: Path) -> None:
    Image.new("L", (6, 4)).save(tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / "x.jpg")
    assert (read_header(tmp_path / "x.jpg").format, read_header(tmp_path / "x.jpg").mode) == ("PNG", "L")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_orientation(tmp_path: Path, suffix: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (6, 4)).save(tmp_path / f"x.{suffix}", exif=exif)
    header = read_header(tmp_path / f"x.{suffix}")
    assert (header.orientation, header.stored_size) == (orientation, (4, 6))
    assert header.shown_size == ((6, 4) if orientation == 6 else (4, 6))


@pytest.mark.parametrize("value", [0, 9, 255])
def test_impossible_orientation_is_upright(tmp_path: Path, value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    Image.new("RGB", (6, 4)).save(tmp_path / "x.jpg", exif=exif)
    assert read_header(tmp_path / "x.jpg").orientation == 1


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"<annotation/>", "not an image"),
        (b"\x89PNG\r\n\x1a\nrubbish", "header of this PNG file is broken"),
        (b"\xff\xd8\xff\xe0", "header of this JPEG file is broken"),
        (b"II*\x00\x08\x00\x00\x00\x00\x00", "header of this TIFF file is broken"),
    ],
)
def test_what_is_no_image(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DataError, match=rf"x\.png: .*{what}"):
        read_header(tmp_path / "x.png")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        read_header(tmp_path / "x.png")


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".tif"])
def test_pages_are_counted(tmp_path: Path, suffix: str) -> None:
    pages = [Image.new("RGB", (8, 6), color) for color in ("red", "green", "blue")]
    pages[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / f"b{suffix}")
    assert read_header(tmp_path / f"a{suffix}").pages == 3
    assert read_header(tmp_path / f"b{suffix}").pages == 1


def test_a_damaged_second_page_leaves_the_first(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (8, 6), color) for color in ("red", "green")]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[:-40])
    assert read_header(tmp_path / "a.tif").stored_size == (6, 8)
