from typing import Any

import numpy as np
import pytest

from boxwright.data.fault_kinds import FAULT_KINDS
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.segmentation_check import sound_segmentation

SIZE = (10, 12)
SQUARE = [2.0, 1, 6, 1, 6, 5, 2, 5]
FAULTS: list[tuple[str, Any, str]] = [
    ("polygon-short", [[2, 1, 6, 1]], "a ring has 2 points"),
    ("polygon-short", [[]], "a ring has 0 points"),
    ("polygon-not-numbers", [[2, 1, 6, 1, 5]], "pairs of finite numbers"),
    ("polygon-not-numbers", [[2, 1, 6, 1, 5, float("nan")]], "pairs of finite numbers"),
    ("polygon-not-numbers", [["a", 1, 6, 1, 5, 3]], "pairs of finite numbers"),
    ("polygon-not-numbers", [[10**400, 1, 6, 1, 5, 3]], "pairs of finite numbers"),
    ("mask-form", SQUARE, "must be a list of rings or an RLE"),
    ("mask-form", "2 1 6 1", "must be a list of rings or an RLE"),
    ("mask-form", {"counts": [120]}, "the RLE has no 'size'"),
    ("mask-outside", [[20, 1, 30, 1, 30, 5]], "outside the 12×10 image"),
    ("mask-outside", [[2, -9, 6, -9, 6, 0]], "outside the 12×10 image"),
    ("mask-empty", [[2.1, 1.1, 2.2, 1.1, 2.2, 1.2]], "covers no pixel"),
    ("mask-empty", [[-5, 3, 3, -5, -5, -5]], "covers no pixel"),
    ("rle-size", {"size": [12, 10], "counts": [0, 120]}, "has size [12, 10], the image [10, 12]"),
    ("rle-size", {"size": 12, "counts": [0, 120]}, "has size 12"),
    ("rle-counts", {"size": [10, 12], "counts": [0, 121]}, "cover 121 pixels, the image has 120"),
    ("rle-counts", {"size": [10, 12], "counts": [130, -10]}, "cover 120 pixels"),
    ("polygon-long", [[0, 0, 1e12, 0, 1e12, 1e12]], "the outline is"),
    ("polygon-long", [[0, 0, 11, 9] * 100_000], "the outline is 2,199,989 pixels long; 1,000,000 are allowed"),
    ("rle-counts", {"size": [10, 12], "counts": [2**63 - 1, 2**63 - 1, 122]}, "cover 120 pixels"),
    ("rle-counts", {"size": [10, 12], "counts": "~~"}, "cannot be read"),
    ("rle-counts", {"size": [10, 12], "counts": ["a"]}, "cannot be read"),
    ("rle-counts", {"size": [10, 12], "counts": ""}, "cover 0 pixels"),
    ("rle-empty", {"size": [10, 12], "counts": [120]}, "no pixel inside"),
]


@pytest.mark.parametrize(("code", "found", "message"), FAULTS)
def test_each_fault_has_its_kind_and_says_what_was_found(code: str, found: Any, message: str) -> None:
    with pytest.raises(UnsoundError) as caught:
        sound_segmentation(found, SIZE, "in a.png")
    assert caught.value.code == code
    assert caught.value.message.startswith("in a.png: ")
    assert message in caught.value.message
    assert FAULT_KINDS[code].severity == "error"


@pytest.mark.parametrize("found", [None, []])
def test_nothing_is_no_fault_of_its_own(found: Any) -> None:
    assert sound_segmentation(found, SIZE, "in a.png").segmentation is None


@pytest.mark.parametrize(
    "found",
    [
        [SQUARE],
        [SQUARE, [5, 5, 9, 5, 9, 9]],
        [[-3, -3, 6, -3, 6, 5]],
        {"size": [10, 12], "counts": [0, 120]},
        {"size": [10, 12], "counts": "0h3"},
    ],
)
def test_sound_segmentations_stay_whole(found: Any) -> None:
    sound = sound_segmentation(found, SIZE, "in a.png")
    assert sound.dropped == ""
    if isinstance(found, list):
        assert isinstance(sound.segmentation, list)
        assert [np.asarray(ring).tolist() for ring in sound.segmentation] == found
    else:
        assert sound.segmentation == found


def test_a_part_that_encloses_nothing_is_left_out_and_said() -> None:
    sound = sound_segmentation([[1, 1, 2, 2], SQUARE, [50, 50, 60, 50, 60, 60]], SIZE, "in a.png")
    assert isinstance(sound.segmentation, list)
    assert len(sound.segmentation) == 1
    assert "2 points" in sound.dropped
    assert "outside" in sound.dropped
