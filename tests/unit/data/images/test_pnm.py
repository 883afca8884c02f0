"""Files that state their white are as bright as it says, whichever way they come in."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.data.images.check import check_image
from boxwright.data.images.pnm import decode_pnm, white_of_pnm
from boxwright.data.images.reading import read_image
from boxwright.data.images.rgb import rgb_pixels
from boxwright.data.reading_limits import DEFAULT_LIMITS
from boxwright.errors import DataError
from boxwright.prediction.frames import read_frames

KINDS, WHITES = (2, 3, 5, 6), (1, 15, 100, 254, 255, 256, 1023, 4095, 65535)


def _written(kind: int, white: int, height: int = 4, width: int = 64) -> bytes:
    channels = 3 if kind in (3, 6) else 1
    values = np.linspace(0, white, height * width * channels).astype(np.int64)
    values[-3:] = white
    head = f"P{kind}\n# drawn by hand\n{width} {height} # and this\n{white}\n".encode()
    if kind in (2, 3):
        return head + b"# values\n" + " ".join(map(str, values)).encode() + b"\n"
    return head + values.astype("u1" if white < 256 else ">u2").tobytes()


@pytest.mark.parametrize("white", WHITES)
@pytest.mark.parametrize("kind", KINDS)
def test_white_is_white_and_the_middle_is_the_middle(kind: int, white: int, tmp_path: Path) -> None:
    (tmp_path / "a.pnm").write_bytes(_written(kind, white))
    pixels = read_image(tmp_path / "a.pnm")
    assert pixels.shape == (4, 64, 3)
    assert pixels[0, 0].tolist()[:1] == [0]
    assert pixels[-1, -1].tolist() == [255, 255, 255]
    channels = 3 if kind in (3, 6) else 1
    values = np.linspace(0, white, 256 * channels).astype(np.int64)
    values[-3:] = white
    exact = (values / white * 255).reshape(4, 64, channels)
    assert np.abs(pixels - exact).max() < (0.501 if white < 256 else 1)  # the lower bits are left out


@pytest.mark.parametrize("white", WHITES)
@pytest.mark.parametrize("kind", KINDS)
def test_all_ways_in_give_the_same(kind: int, white: int, tmp_path: Path) -> None:
    path, content = tmp_path / "a.pnm", _written(kind, white)
    path.write_bytes(content)
    pixels = read_image(path)
    np.testing.assert_array_equal(rgb_pixels(content, "a"), pixels)
    (frame,) = read_frames([path])
    np.testing.assert_array_equal(frame.image, pixels)
    of_pillow = rgb_pixels(Image.open(io.BytesIO(content)), "a")
    # Pillow rounds colours of more than 8 bits to 8 by itself, where the lower bits are left out here
    allowed = 1 if kind in (3, 6) and white > 255 else 0
    assert np.abs(of_pillow.astype(int) - pixels).max() <= allowed


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_states_its_white_is_not_said_to_be_dark(kind: int, tmp_path: Path) -> None:
    (tmp_path / "a.pnm").write_bytes(_written(kind, 1023))
    faults = check_image(str(tmp_path / "a.pnm"), (4, 64), DEFAULT_LIMITS, decode=True).faults
    assert [fault.code for fault in faults] == ["image-mode"]  # that the lower bits are left out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb_pixels(tmp_path / "a.pnm", "a")


@pytest.mark.parametrize(
    "content",
    [
        b"P5 4 2 1023\n" + bytes(15),
        b"P6 4 2 100\n" + bytes(23),
        b"P2 4 2 100\n1 2 3",
        b"P2 4 2 100\n1 2 3 4 5 6 7 x",
        b"P3 1 1 1023\n1 2 -3",
    ],
)
def test_what_is_cut_off_or_no_number_is_refused(content: bytes) -> None:
    assert decode_pnm(np.frombuffer(content, np.uint8)) is None
    with pytest.raises(DataError, match="cannot be decoded"):
        rgb_pixels(content, "a")


def test_values_over_white_are_white_and_more_pictures_are_not_read() -> None:
    pixels = decode_pnm(np.frombuffer(b"P5 2 1 100\n\xc8\x00" + b"P5 2 1 100\n\x00\x00", np.uint8))
    assert pixels is not None
    assert pixels[..., 0].tolist() == [[255, 0]]


def test_one_bit_has_no_white_to_state(tmp_path: Path) -> None:
    assert white_of_pnm(b"P4 8 1\n\xaa") is None
    (tmp_path / "a.pbm").write_bytes(b"P4 8 1\n\xaa")
    assert read_image(tmp_path / "a.pbm")[0, :, 0].tolist() == [0, 255] * 4
