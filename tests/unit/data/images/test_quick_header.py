import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from boxwright.data.images import header as module
from boxwright.data.images.header import header_of, read_header
from boxwright.data.images.quick_header import ENOUGH, quick_header
from boxwright.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)


def _saved(mode: str, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def _text() -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "cells")
    return text


EXIF = Image.Exif()
EXIF[0x0112] = 6
PLAIN = {
    "rgb": _saved("RGB", "JPEG"),
    "grey": _saved("L", "JPEG"),
    "progressive": _saved("RGB", "JPEG", progressive=True),
    "dpi": _saved("RGB", "JPEG", dpi=(300, 300)),
    "profile": _saved("RGB", "JPEG", icc_profile=b"x" * 300),
    "comment": _saved("RGB", "JPEG", comment=b"cells"),
    **{mode: _saved(mode, "PNG") for mode in ("L", "P", "LA", "RGB", "RGBA")},
    "resolution": _saved("RGB", "PNG", dpi=(300, 300)),
}
ODD = {
    "turned": _saved("RGB", "JPEG", exif=EXIF),
    "turned png": _saved("RGB", "PNG", exif=EXIF),
    "four colours": _saved("CMYK", "JPEG"),
    "pages": _saved("RGB", "MPO", save_all=True, append_images=[Image.new("RGB", (20, 12))]),
    "one bit": _saved("1", "PNG"),
    "sixteen bits": _saved("I;16", "PNG"),
    "moving": _saved("RGB", "PNG", save_all=True, append_images=[Image.new("RGB", (20, 12))]),
    "text": _saved("RGB", "PNG", pnginfo=_text()),
    "other format": _saved("RGB", "BMP"),
    "long": _saved("RGB", "JPEG", icc_profile=b"x" * 5000),
}


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], object]:
    """Reads a header by Pillow alone."""

    def read(content: bytes) -> object:
        with monkeypatch.context() as patch:
            patch.setattr(module, "quick_header", lambda start: None)
            return header_of(content, "x")

    return read


@pytest.mark.parametrize("name", PLAIN)
def test_plain_headers_are_those_of_pillow(name: str, slowly, tmp_path: Path) -> None:
    found = quick_header(PLAIN[name][:ENOUGH])
    assert found is not None
    assert found == slowly(PLAIN[name])
    (tmp_path / "x").write_bytes(PLAIN[name])
    assert read_header(tmp_path / "x") == found


@pytest.mark.parametrize("name", ODD)
def test_others_are_left_to_pillow(name: str, slowly) -> None:
    assert quick_header(ODD[name][:ENOUGH]) is None
    assert header_of(ODD[name], "x") == slowly(ODD[name])


@pytest.mark.parametrize("name", PLAIN)
def test_a_header_that_pillow_refuses_is_never_taken(name: str, slowly) -> None:
    """Every byte of the header is changed, and the file is cut at every place."""
    content, rng = PLAIN[name], np.random.default_rng(0)
    changed = [content[:place] for place in range(0, 1200, 43)]
    for place in range(0, min(1200, len(content)), 11):
        odd = bytearray(content)
        odd[place] ^= int(rng.integers(1, 256))
        changed.append(bytes(odd))
    taken = 0
    for each in changed:
        found = quick_header(each[:ENOUGH])
        if found is not None:
            taken += 1
            try:
                assert found == slowly(each)
            except DataError as error:
                raise AssertionError(f"{each[:60]!r}: {error}") from error
    assert taken
