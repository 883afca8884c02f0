from typing import Any

import numpy as np
import pytest

from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.object_mask import object_mask
from boxwright.data.formats.segmentations import Segmentations
from boxwright.data.formats.sure_outlines import SureOutlines

SIZE = (48, 64)  # height, width
RING = [10, 10, 30.5, 10, 30.5, 30, 10, 30]
AROUND = (10.0, 10.0, 30.5, 30.0)
CASES: dict[str, tuple[Any, bool]] = {
    "a ring": ([RING], True),
    "two rings": ([RING, [11.0, 11.0, 20.0, 12.0, 12.0, 29.0]], True),
    "a small ring too": ([RING, [11.0, 11.0, 11.5, 12.0, 11.2, 11.9]], True),
    "a tiny one": ([[10, 10, 12, 10, 12, 12]], False),
    "over the edge": ([[-1, 10, 30, 10, 30, 30]], False),
    "outside": ([RING, [70, 10, 80, 10, 80, 30]], False),
    "two points": ([RING, [11, 11, 12, 12]], False),
    "odd": ([[*RING, 4]], False),
    "no ring": ([[]], False),
    "text": ([[*RING, "4", 5]], False),
    "truth": ([[*RING, True, 5]], False),
    "not a number": ([[*RING, float("nan"), 15]], False),
    "endless": ([[*RING, float("inf"), 15]], False),
    "huge": ([[*RING, 10**400, 15]], False),
    "pairs": ([[[10, 10], [30, 10], [30, 30]]], False),
    "numbers alone": (RING, False),
    "runs": ({"size": list(SIZE), "counts": [100, 200, 48 * 64 - 300]}, False),
    "nothing": (None, False),
    "an empty list": ([], False),
    "words": ("ring", False),
    "elsewhere": ([[40, 20, 60, 20, 60, 40, 40, 40]], False),
    "on the edge alone": ([RING, [0, 0, 0, 9, 0, 5]], False),
}


@pytest.mark.parametrize("name", CASES)
def test_those_that_are_sure(name: str) -> None:
    found, is_sure = CASES[name]
    judged = SureOutlines.among(
        [found, [RING]], np.array([AROUND, AROUND]), np.array([SIZE, SIZE]), np.zeros(2, np.bool_)
    )
    assert judged.is_sure.tolist() == [is_sure, name != "huge"]  # one that no float holds spoils its group
    assert len(judged.bounds) == len(judged.segmentations) == int(judged.is_sure.sum())


def test_of_crowds_no_box_is_compared() -> None:
    found = CASES["elsewhere"][0]
    judged = SureOutlines.among([found], np.array([AROUND]), np.array([SIZE]), np.ones(1, np.bool_))
    assert judged.is_sure.all()
    assert judged.bounds.tolist() == [[40, 20, 60, 40]]


def test_about_those_that_are_sure_there_is_nothing_to_say() -> None:
    """Random outlines near all limits: whoever is sure passes the check of one by one without a word, and unchanged."""
    rng, found, boxes, ignored = np.random.default_rng(0), [], [], []
    for number in range(400):
        rings = []
        for _ in range(rng.integers(1, 3)):
            centre, reach = rng.uniform(4, (60, 44)), rng.choice([3, 9, 12])
            rings.append(np.round(centre + rng.uniform(-reach, reach, (rng.integers(3, 7), 2)), 1).reshape(-1).tolist())
        points = np.concatenate([np.reshape(ring, (-1, 2)) for ring in rings])
        shift = rng.choice([0, 2.9, 3.0, 3.1, 9])
        found.append(rings)
        boxes.append([*points.min(axis=0), *(points.max(axis=0) + shift)])
        ignored.append(number % 5 == 0)
    judged = SureOutlines.among(found, np.array(boxes), np.array([SIZE] * 400), np.array(ignored))
    assert 40 < judged.is_sure.sum() < 360
    notes: list[str] = []
    kept = []
    for place in np.flatnonzero(judged.is_sure).tolist():
        corners = (boxes[place][0], boxes[place][1], boxes[place][2], boxes[place][3])
        try:
            kept.append(
                object_mask(
                    found[place],
                    corners,
                    SIZE,
                    "required",
                    lambda code, _: notes.append(code),
                    shown="x",
                    is_ignored=ignored[place],
                )
            )
        except UnsoundError as reason:
            notes.append(reason.code)
    assert notes == []
    for name in ("rings", "ring_points", "points", "texts", "text"):
        one, other = getattr(judged.segmentations, name), getattr(Segmentations.from_raw(kept), name)
        assert one.tobytes() == other.tobytes()
