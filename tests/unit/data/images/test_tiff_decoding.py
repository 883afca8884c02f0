import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright.data.images.reading import read_image, turned
from boxwright.data.images.tiff_windows import open_tiff
from boxwright.data.reading_limits import DEFAULT_LIMITS
from boxwright.errors import DataError

HEIGHT, WIDTH = SIZE = (90, 130)
TILE = 64  # two beside each other, and the second passes the border
KINDS = {"grey": (1, 1), "grey with alpha": (1, 2), "colour": (2, 3), "colour with alpha": (2, 4)}


def pixels_of(kind: str, depth: int) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE, KINDS[kind][1]), dtype=np.uint8)
    return noise if depth == 8 else noise * np.uint16(257)  # white of 8 bits is white of 16


def expected_of(pixels: np.ndarray) -> np.ndarray:
    upper = (pixels >> 8 if pixels.dtype == np.uint16 else pixels).astype(np.uint8)
    return upper[..., :3] if upper.shape[2] > 2 else np.repeat(upper[..., :1], 3, axis=2)


def write_tiff(path: Path, kind: str, pixels: np.ndarray, *, in_tiles: bool, orientation: int, prefix: bytes) -> None:
    """Writes an uncompressed TIFF with straight alpha; Pillow writes neither tiles nor a grey channel with alpha."""
    stored = pixels.astype(pixels.dtype.newbyteorder("<" if prefix == b"II" else ">"))
    channels, bits = pixels.shape[2], 8 * pixels.itemsize
    entries: dict[int, Any] = {256: WIDTH, 257: HEIGHT, 258: (bits,) * channels, 259: 1, 262: KINDS[kind][0]}
    entries |= {274: orientation, 277: channels, 284: 1, **({338: 2} if channels in (2, 4) else {})}
    if in_tiles:
        filled = np.zeros((2 * TILE, 3 * TILE, channels), stored.dtype)
        filled[:HEIGHT, :WIDTH] = stored
        places = [(y, x) for y in range(0, 2 * TILE, TILE) for x in range(0, 3 * TILE, TILE)]
        pieces = [filled[y : y + TILE, x : x + TILE].tobytes() for y, x in places]
        entries |= {322: TILE, 323: TILE}
    else:
        pieces = [stored[y : y + 16].tobytes() for y in range(0, HEIGHT, 16)]
        entries |= {278: 16}
    lengths = [len(piece) for piece in pieces]
    starts = tuple(8 + sum(lengths[:number]) for number in range(len(lengths)))
    entries |= {325 if in_tiles else 279: tuple(lengths), 324 if in_tiles else 273: starts}
    content = b"".join(pieces)
    order = "<" if prefix == b"II" else ">"
    start = prefix + struct.pack(order + "HI", 42, 8 + len(content))
    path.write_bytes(start + content + _directory(entries, order, 8 + len(content)))


def _directory(entries: dict[int, Any], order: str, place: int) -> bytes:
    """Writes a directory of whole numbers of 32 bits; what has several follows behind it."""
    head, behind = struct.pack(order + "H", len(entries)), b""
    end = place + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        numbers = value if isinstance(value, tuple) else (value,)
        here = numbers[0] if len(numbers) == 1 else end + len(behind)
        head += struct.pack(order + "HHII", tag, 4, len(numbers), here)
        behind += struct.pack(f"{order}{len(numbers)}I", *numbers) if len(numbers) > 1 else b""
    return head + bytes(4) + behind


@pytest.mark.parametrize("prefix", [b"II", b"MM"])
@pytest.mark.parametrize("in_tiles", [False, True], ids=["strips", "tiles"])
@pytest.mark.parametrize(
    ("kind", "depth"), [*((kind, 8) for kind in KINDS), ("grey", 16), ("colour", 16), ("colour with alpha", 16)]
)
def test_whole_and_in_parts_it_is_what_was_written(
    tmp_path: Path, kind: str, depth: int, in_tiles: bool, prefix: bytes
) -> None:
    pixels = pixels_of(kind, depth)
    write_tiff(tmp_path / "a.tif", kind, pixels, in_tiles=in_tiles, orientation=1, prefix=prefix)
    assert np.array_equal(read_image(tmp_path / "a.tif"), expected_of(pixels))
    opened = open_tiff(tmp_path / "a.tif", SIZE, DEFAULT_LIMITS)
    assert opened is not None
    assert np.array_equal(opened.read((5, 7, WIDTH, 81)), expected_of(pixels)[7:81, 5:])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("in_tiles", [False, True], ids=["strips", "tiles"])
@pytest.mark.parametrize(("kind", "depth"), [("grey", 16), ("colour", 8), ("colour with alpha", 8)])
def test_it_is_turned_as_viewers_show_it(
    tmp_path: Path, kind: str, depth: int, in_tiles: bool, orientation: int
) -> None:
    pixels = pixels_of(kind, depth)
    write_tiff(tmp_path / "a.tif", kind, pixels, in_tiles=in_tiles, orientation=orientation, prefix=b"II")
    assert np.array_equal(read_image(tmp_path / "a.tif"), turned(expected_of(pixels), orientation))
    if orientation > 4:
        assert np.array_equal(read_image(tmp_path / "a.tif", SIZE), expected_of(pixels))


@pytest.mark.parametrize("orientation", [1, 6])
def test_offsets_of_64_bits(tmp_path: Path, orientation: int) -> None:
    pixels = pixels_of("colour with alpha", 8)
    image = Image.fromarray(pixels)
    image.save(tmp_path / "a.tif", big_tiff=True, tiffinfo={274: orientation, 278: 16})
    assert (tmp_path / "a.tif").read_bytes().startswith(b"II\x2b\x00")
    assert np.array_equal(read_image(tmp_path / "a.tif"), turned(expected_of(pixels), orientation))
    opened = open_tiff(tmp_path / "a.tif", SIZE, DEFAULT_LIMITS)
    assert (opened is None) == (orientation != 1)
    if opened is not None:
        assert np.array_equal(opened.read((5, 7, WIDTH, 81)), expected_of(pixels)[7:81, 5:])


def test_a_tile_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    pixels = pixels_of("grey", 16)
    write_tiff(tmp_path / "a.tif", "grey", pixels, in_tiles=True, orientation=1, prefix=b"II")
    content = bytearray((tmp_path / "a.tif").read_bytes())
    place = content.rindex((8 + 5 * 2 * TILE * TILE).to_bytes(4, "little"))  # where the last tile begins
    content[place : place + 4] = (len(content) - 10).to_bytes(4, "little")
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(DataError, match="cannot be decoded"):
        read_image(tmp_path / "a.tif")
