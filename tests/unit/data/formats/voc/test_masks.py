from pathlib import Path

import numpy as np
from PIL import Image

from boxwright.data.faults import FaultList
from boxwright.data.formats.voc.masks import read_object_masks
from boxwright.data.reading_limits import ReadingLimits


def _read(path: Path, limits: ReadingLimits | None = None) -> tuple[dict[int, dict[str, object]], list[str]]:
    faults = FaultList("train.txt")
    found = read_object_masks(path, (4, 6), limits or ReadingLimits(), faults)
    return found, [fault.code for fault in faults.faults]


def test_no_file_is_no_masks(tmp_path: Path) -> None:
    assert _read(tmp_path / "a.png") == ({}, [])


def test_background_and_void_are_no_objects(tmp_path: Path) -> None:
    pixels = np.zeros((4, 6), np.uint8)
    pixels[0], pixels[1] = 255, 3
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found, faults = _read(tmp_path / "a.png")
    assert list(found) == [3]
    assert found[3]["size"] == [4, 6]
    assert faults == []


def test_picture_of_another_size(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    assert _read(tmp_path / "a.png") == ({}, ["rle-size"])


def test_picture_that_is_no_picture_of_numbers(tmp_path: Path) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / "a.png")
    assert _read(tmp_path / "a.png") == ({}, ["unreadable-mask"])
    (tmp_path / "a.png").write_bytes(b"rubbish")
    assert _read(tmp_path / "a.png") == ({}, ["unreadable-mask"])


def test_huge_picture_is_refused(tmp_path: Path) -> None:
    Image.new("L", (6, 4)).save(tmp_path / "a.png")
    assert _read(tmp_path / "a.png", ReadingLimits(max_pixels=23)) == ({}, ["unreadable-mask"])
