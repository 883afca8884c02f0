import tracemalloc
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from boxwright.data.faults import FaultList
from boxwright.data.formats.voc.masks import read_object_masks
from boxwright.data.reading_limits import ReadingLimits
from boxwright.structures import InstanceMasks


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


def test_run_lengths_are_those_of_each_object_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(20):
        pixels = rng.choice(np.array([0, 1, 2, 254, 255], np.uint8), (4, 6), p=[0.2, 0.4, 0.2, 0.1, 0.1])
        path = tmp_path / f"{number}.png"
        Image.fromarray(pixels).save(path)
        found, faults = _read(path)
        present = [each for each in (1, 2, 254) if (pixels == each).any()]
        masks = InstanceMasks.from_boolean(torch.from_numpy(pixels == np.array(present)[:, None, None]))
        assert found == dict(zip(present, masks.to_rle(), strict=True))
        assert faults == []


def test_many_objects_in_a_large_picture_take_no_memory_of_both(tmp_path: Path) -> None:
    """254 objects × 2048² pixels would be 1 GB, of a file of a few kilobytes."""
    pixels = np.zeros((2048, 2048), np.uint8)
    pixels[0, :254] = np.arange(1, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    tracemalloc.start()
    found = read_object_masks(tmp_path / "a.png", (2048, 2048), ReadingLimits(), FaultList("x"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 254
    assert peak < 40e6


def test_another_size_is_said_before_anything_is_decoded(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(content[:45])  # nothing after the header
    assert _read(tmp_path / "a.png") == ({}, ["rle-size"])


def test_huge_picture_is_refused(tmp_path: Path) -> None:
    Image.new("L", (6, 4)).save(tmp_path / "a.png")
    assert _read(tmp_path / "a.png", ReadingLimits(max_pixels=23)) == ({}, ["unreadable-mask"])
