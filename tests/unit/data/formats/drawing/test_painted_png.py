import base64
import io
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.painted_png import painted_png
from boxwright.data.reading_limits import ReadingLimits

PAINTED = np.array([[0, 1, 0], [1, 1, 1]], dtype=bool)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _rgba() -> Image.Image:
    values = np.zeros((2, 3, 4), dtype=np.uint8)
    values[..., 0] = 255  # red all over; only alpha counts
    values[..., 3] = PAINTED * 255
    return Image.fromarray(values)


@pytest.mark.parametrize("pack", [bytes, zlib.compress])
@pytest.mark.parametrize(
    "picture",
    [
        Image.fromarray(PAINTED),
        Image.fromarray(PAINTED.astype(np.uint8)),
        _rgba(),
        Image.fromarray(np.repeat(PAINTED[..., None] * np.uint8(9), 3, axis=2)),
        Image.fromarray(PAINTED).convert("P"),
    ],
    ids=["1", "L", "RGBA", "RGB", "P"],
)
def test_painted_pixels(picture: Image.Image, pack: Any) -> None:
    text = base64.b64encode(pack(_png(picture))).decode()
    assert (painted_png(text, ReadingLimits()) == PAINTED).all()


OTHER = [base64.b64encode(content).decode() for content in (b"hello", zlib.compress(b"x"))]


@pytest.mark.parametrize("text", [None, 3, "%%%", "", *OTHER])
def test_what_is_no_mask(text: Any) -> None:
    with pytest.raises(UnsoundError, match="painted mask"):
        painted_png(text, ReadingLimits())


def test_a_mask_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    text = base64.b64encode(_png(Image.new("1", (100, 100)))).decode()
    with pytest.raises(UnsoundError, match="10,000 pixels"):
        painted_png(text, ReadingLimits(max_pixels=9_999))


def test_a_text_that_unpacks_without_end() -> None:
    packed = zlib.compress(b"\x89PNG" + b"\0" * 2**27)
    with pytest.raises(UnsoundError, match="cannot be decoded"):
        painted_png(base64.b64encode(packed).decode(), ReadingLimits())
