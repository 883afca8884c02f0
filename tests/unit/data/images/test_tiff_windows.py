from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from boxwright.data.images import tiff_windows
from boxwright.data.images.reading import read_image
from boxwright.data.images.tiff_windows import open_tiff
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError

SIZE = (150, 230)
WINDOWS = [(0, 0, 40, 40), (190, 110, 230, 150), (13, 7, 101, 97), (0, 0, 230, 150)]


def picture(mode: str) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE, 4), dtype=np.uint8)
    if mode == "I;16":
        return Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    colours = Image.fromarray(noise[..., :3].copy()).resize((SIZE[1], SIZE[0]))
    return colours.convert("P", palette=Image.Palette.ADAPTIVE) if mode == "P" else colours.convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "I;16", "CMYK", "1"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_strips_give_what_the_whole_image_has(tmp_path: Path, mode: str, compression: str | None) -> None:
    path = tmp_path / "a.tif"
    picture(mode).save(path, compression=compression, tiffinfo={278: 16})
    whole, opened = read_image(path), open_tiff(path, SIZE, DEFAULT_LIMITS)
    assert opened is not None
    for left, top, right, bottom in WINDOWS:
        assert np.array_equal(opened.read((left, top, right, bottom)), whole[top:bottom, left:right])


def test_strips_of_jpeg_too(tmp_path: Path) -> None:
    picture("RGB").save(tmp_path / "a.tif", compression="jpeg", tiffinfo={278: 16})
    whole, opened = read_image(tmp_path / "a.tif"), open_tiff(tmp_path / "a.tif", SIZE, DEFAULT_LIMITS)
    assert opened is not None
    assert np.array_equal(opened.read((13, 7, 101, 97)), whole[7:97, 13:101])


def write_tiles(path: Path, prefix: bytes) -> np.ndarray:
    """Writes an uncompressed TIFF of tiles of 64 × 48, which Pillow does not."""
    pixels = np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    padded = np.zeros((4 * 48, 4 * 64, 3), np.uint8)
    padded[: SIZE[0], : SIZE[1]] = pixels
    tiles = [padded[y : y + 48, x : x + 64].tobytes() for y in range(0, 192, 48) for x in range(0, 256, 64)]
    directory = ImageFileDirectory_v2(prefix=prefix)
    lengths = [len(tile) for tile in tiles]
    entries: dict[int, Any] = {256: SIZE[1], 257: SIZE[0], 258: (8, 8, 8), 259: 1, 262: 2, 277: 3, 284: 1}
    entries |= {322: 64, 323: 48, 325: tuple(lengths)}
    places = tuple(8 + sum(lengths[:number]) for number in range(len(lengths)))
    for tag, value in (entries | {324: places}).items():
        directory.tagtype[tag] = 4
        directory[tag] = value
    order: Any = "little" if prefix == b"II" else "big"
    content = b"".join(tiles)
    start = prefix + (42).to_bytes(2, order) + (8 + len(content)).to_bytes(4, order)
    path.write_bytes(start + content + directory.tobytes(8 + len(content)))
    return pixels


@pytest.mark.parametrize("prefix", [b"II", b"MM"])
def test_tiles_give_what_was_written(tmp_path: Path, prefix: bytes) -> None:
    pixels = write_tiles(tmp_path / "a.tif", prefix)
    opened = open_tiff(tmp_path / "a.tif", SIZE, DEFAULT_LIMITS)
    assert opened is not None
    for left, top, right, bottom in WINDOWS:
        assert np.array_equal(opened.read((left, top, right, bottom)), pixels[top:bottom, left:right])


def test_only_what_is_needed_is_decoded_and_little_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiles(tmp_path / "a.tif", b"II")
    opened = open_tiff(tmp_path / "a.tif", SIZE, DEFAULT_LIMITS)
    assert opened is not None
    decoded: list[int] = []
    decode = tiff_windows.decode_image
    monkeypatch.setattr(tiff_windows, "decode_image", lambda *given: (decoded.append(1), decode(*given))[1])
    monkeypatch.setattr(tiff_windows, "_KEPT", 2 * 64 * 48 * 3)
    opened.read((0, 0, 64, 48))
    opened.read((10, 10, 60, 40))
    assert len(decoded) == 1
    opened.read((0, 0, 230, 150))
    assert len(decoded) == 16
    assert len(opened._kept) == 2


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_other_formats_are_decoded_as_a_whole(tmp_path: Path, suffix: str) -> None:
    picture("RGB").save(tmp_path / f"a{suffix}")
    assert open_tiff(tmp_path / f"a{suffix}", SIZE, DEFAULT_LIMITS) is None


def test_turned_images_and_those_of_another_size_are_decoded_as_a_whole(tmp_path: Path) -> None:
    picture("RGB").save(tmp_path / "turned.tif", tiffinfo={274: 6, 278: 16})
    picture("RGB").save(tmp_path / "one_strip.tif", tiffinfo={278: SIZE[0]})
    picture("RGB").save(tmp_path / "a.tif", tiffinfo={278: 16})
    assert open_tiff(tmp_path / "turned.tif", None, DEFAULT_LIMITS) is None
    assert open_tiff(tmp_path / "one_strip.tif", None, DEFAULT_LIMITS) is None
    assert open_tiff(tmp_path / "a.tif", (9, 9), DEFAULT_LIMITS) is None


def test_too_many_pixels(tmp_path: Path) -> None:
    picture("RGB").save(tmp_path / "a.tif", tiffinfo={278: 16})
    with pytest.raises(DataError, match="or raise max_pixels"):
        open_tiff(tmp_path / "a.tif", SIZE, ReadingLimits(max_pixels=100))


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    write_tiles(tmp_path / "a.tif", b"II")
    opened = open_tiff(tmp_path / "a.tif", SIZE, DEFAULT_LIMITS)
    assert opened is not None
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: 48 * 64 * 3 * 8])
    opened.read((0, 0, 64, 48))
    with pytest.raises(DataError, match="piece 15 of this TIFF is cut off"):
        opened.read((192, 144, 200, 150))
