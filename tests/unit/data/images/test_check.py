from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from boxwright.data.faults import Fault
from boxwright.data.images.check import MODES, check_image, is_whole, usable_header
from boxwright.data.images.header import read_header
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits


def _noise(height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _codes(path: Path, size: tuple[int, int] = (40, 60), *, decode: bool = True) -> list[str]:
    return [fault.code for fault in check_image(str(path), size, DEFAULT_LIMITS, decode=decode).faults]


@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_a_sound_image_has_no_faults(suffix: str, decode: bool, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), _noise())
    finding = check_image(str(path), (40, 60), DEFAULT_LIMITS, decode=decode, features=8)
    assert finding.faults == ()
    assert finding.is_usable
    assert (finding.digest is not None) == (finding.features is not None) == decode


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_file_is_found_without_decoding(suffix: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), _noise(200, 300))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert _codes(path, (200, 300), decode=False) == ["image-truncated"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_follows_an_image_does_no_harm(kind: str, tmp_path: Path) -> None:
    """Some telephones append a film to a photograph."""
    path = tmp_path / "a.img"
    Image.fromarray(_noise()).save(path, kind)
    path.write_bytes(path.read_bytes() + b"film" * 1000)
    assert is_whole(str(path), read_header(path))


def test_damage_in_the_middle_is_found_by_decoding(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), _noise())
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 500] = bytes(500)
    path.write_bytes(content)
    assert _codes(path, decode=False) == []
    assert _codes(path, decode=True) == ["unreadable-image"]


def test_size(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), _noise())
    (fault,) = check_image(str(path), (60, 40), DEFAULT_LIMITS, decode=False).faults
    assert fault.code == "image-size"
    assert "60×40 pixels, its annotation says 40×60; the sides are exchanged" in fault.message


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_modes_are_noted_with_their_rule(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    Image.fromarray(_noise()).convert("L" if mode == "LA" else mode).convert(mode).save(path)
    (note,) = check_image(str(path), (40, 60), DEFAULT_LIMITS, decode=True).faults
    assert (note.code, note.severity, note.message) == ("image-mode", "note", MODES[mode])


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_noted(channels: int, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.full((40, 60, channels), 30_000, np.uint16))
    (note,) = check_image(str(path), (40, 60), DEFAULT_LIMITS, decode=True).faults
    assert "16-bit" in note.message


def test_names(tmp_path: Path) -> None:
    path = tmp_path / "bä c.jpeg"
    Image.fromarray(_noise()).save(path, "PNG")
    assert _codes(path) == ["image-extension", "odd-name"]


def test_usable_header(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    missing = usable_header(str(path), DEFAULT_LIMITS)
    assert isinstance(missing, Fault)
    assert missing.code == "missing-image"
    path.write_bytes(b"")
    empty = usable_header(str(path), DEFAULT_LIMITS)
    assert isinstance(empty, Fault)
    assert empty.code == "image-empty"
    cv2.imwrite(str(path), _noise())
    large = usable_header(str(path), ReadingLimits(max_pixels=2399))
    assert isinstance(large, Fault)
    assert large.code == "image-too-large"
    assert not isinstance(usable_header(str(path), ReadingLimits(max_pixels=2400)), Fault)


def test_a_message_does_not_repeat_the_file_and_has_one_cure(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"text")
    (fault,) = check_image(str(path), (40, 60), DEFAULT_LIMITS, decode=False).faults
    assert str(fault).count(str(path)) == 1
    assert str(fault).count("save it again") == 1


def test_pages_are_a_note(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (8, 6), color) for color in ("red", "green", "blue")]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    (note,) = check_image(str(tmp_path / "a.tif"), (6, 8), ReadingLimits(), decode=True).faults
    assert (note.code, note.severity) == ("image-pages", "note")
    assert note.message == "the TIFF file has 3 pictures; the first is used"
