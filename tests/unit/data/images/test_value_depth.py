from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from boxwright.data.images.check import check_image
from boxwright.data.images.header import read_header
from boxwright.data.images.value_depth import comes_out_dark
from boxwright.data.reading_limits import DEFAULT_LIMITS


def _values(most: int, channels: int = 1) -> np.ndarray:
    values = np.linspace(0, most, 40 * 60 * channels).astype(np.uint16)
    return values.reshape(40, 60, channels) if channels > 1 else values.reshape(40, 60)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm", ".jp2"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("most", [255, 1023, 4095, 16383])
def test_sixteen_bits_of_which_the_upper_hold_nothing_are_said(
    suffix: str, channels: int, most: int, tmp_path: Path
) -> None:
    path = tmp_path / ("a.pgm" if (suffix, channels) == (".ppm", 1) else f"a{suffix}")
    cv2.imwrite(str(path), _values(most, channels))
    found = {fault.code: fault for fault in check_image(str(path), (40, 60), DEFAULT_LIMITS, decode=True).faults}
    assert found["dark-sixteen-bits"].severity == "warning"
    assert "stretch the values" in str(found["dark-sixteen-bits"])


@pytest.mark.parametrize("suffix", [".png", ".tif", ".ppm", ".jp2"])
def test_sixteen_bits_that_are_used_and_dark_pictures_of_eight_are_not(suffix: str, tmp_path: Path) -> None:
    for name, values in (("bright", _values(60_000, 3)), ("night", _values(10, 3).astype(np.uint8))):
        path = tmp_path / f"{name}{suffix}"
        cv2.imwrite(str(path), values)
        faults = check_image(str(path), (40, 60), DEFAULT_LIMITS, decode=True).faults
        assert "dark-sixteen-bits" not in [fault.code for fault in faults]


def test_alpha_is_no_light(tmp_path: Path) -> None:
    values = np.concatenate((_values(255, 3), np.full((40, 60, 1), 65535, np.uint16)), axis=2)
    cv2.imwrite(str(tmp_path / "a.png"), values)
    faults = check_image(str(tmp_path / "a.png"), (40, 60), DEFAULT_LIMITS, decode=True).faults
    assert "dark-sixteen-bits" in [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("start", "depth"), [(b"P6 60 40 255\n", 8), (b"P6\n# 9999\n60 40\n4095\n", 12), (b"P5 60 40 65535\n", 16)]
)
def test_the_depth_of_a_pnm_file_is_that_of_its_highest_value(start: bytes, depth: int, tmp_path: Path) -> None:
    path = tmp_path / "a.pnm"
    path.write_bytes(start + bytes(60 * 40 * 6))
    assert read_header(path).depth in (depth, 16)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".gif", ".bmp"])
def test_other_files_have_eight_bits(suffix: str, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((40, 60, 3), np.uint8)).save(tmp_path / f"a{suffix}")
    assert read_header(tmp_path / f"a{suffix}").depth == 8


def test_no_pixel_is_not_dark() -> None:
    assert not comes_out_dark(np.zeros((0, 3), np.uint8))
