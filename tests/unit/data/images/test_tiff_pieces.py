from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from boxwright.data.images.opencv_decoding import decoded_by_opencv
from boxwright.data.images.tiff_pieces import TiffPieces, pieces_of


def pieces_in(path: Path) -> TiffPieces | None:
    with open(path, "rb") as file:
        picture = TiffImageFile(file)
        return pieces_of(picture.tag_v2, (picture.height, picture.width))


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "group3", "group4"])
def test_each_piece_is_a_file_of_its_own(tmp_path: Path, compression: str | None) -> None:
    noise = np.random.default_rng(0).integers(0, 2, (50, 30), dtype=np.uint8) * np.uint8(255)
    Image.fromarray(noise).convert("1").save(tmp_path / "a.tif", compression=compression, tiffinfo={278: 16})
    pieces, content = pieces_in(tmp_path / "a.tif"), (tmp_path / "a.tif").read_bytes()
    assert pieces is not None
    assert (pieces.piece, pieces.columns, pieces.are_tiles, len(pieces.offsets)) == ((16, 30), 1, False, 4)
    assert list(pieces.within((3, 17, 20, 49))) == [(1, 0, 16), (2, 0, 32), (3, 0, 48)]
    for number, (start, length) in enumerate(zip(pieces.offsets, pieces.lengths, strict=True)):
        file = pieces.file_of(number, content[start : start + length])
        decoded = decoded_by_opencv(np.frombuffer(file, np.uint8))
        assert decoded is not None
        assert np.array_equal(decoded[..., 0], noise[16 * number : 16 * number + 16])


def test_channels_that_lie_apart_are_not_read_one_by_one(tmp_path: Path) -> None:
    for mode, apart in (("RGB", True), ("L", False)):  # one channel is together, whatever is said of it
        Image.new(mode, (30, 50)).save(tmp_path / "a.tif", tiffinfo={278: 16})
        with open(tmp_path / "a.tif", "rb") as file:
            picture = TiffImageFile(file)
            picture.tag_v2[284] = 2
            assert (pieces_of(picture.tag_v2, (50, 30)) is None) == apart
