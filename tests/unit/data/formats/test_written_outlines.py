from typing import Any

import numpy as np
import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.written_outlines import WrittenOutlines

SIZE = (200, 300)


def _rings(count: int, scale: float | tuple[float, float] = 1.0) -> list[list[list[float]]]:
    rng = np.random.default_rng(0)
    centres = rng.uniform(40, 160, (count, 2))
    angles = np.linspace(0, 6, 9)
    ring = np.stack((np.cos(angles), np.sin(angles)), axis=1) * 30
    return [[((centre + ring) * scale).reshape(-1).tolist()] for centre in centres]


def _reported(found: list[Any], *, is_needed: bool = True) -> FaultList:
    outlines, faults = WrittenOutlines(), FaultList("x.json")
    for each in found:
        outlines.add(each, SIZE)
    outlines.report(faults, is_needed=is_needed)
    return faults


@pytest.mark.parametrize(("is_needed", "code"), [(True, "outline-form-wrong"), (False, "outline-form")])
def test_fractions_are_said(is_needed: bool, code: str) -> None:
    (fault,) = _reported(_rings(12, (1 / 300, 1 / 200)), is_needed=is_needed).faults
    assert fault.code == code
    assert "0 % of the 12 outlines fit their images" in fault.message
    assert "fractions of the image" in fault.message


def test_some_fractions_among_pixels_are_a_warning() -> None:
    (fault,) = _reported(_rings(12) + _rings(12, (1 / 300, 1 / 200))).faults
    assert fault.code == "outline-form"
    assert "look like fractions" in fault.message


def test_pixels_are_as_they_should_be() -> None:
    assert not _reported(_rings(12)).faults


@pytest.mark.parametrize(
    "found", [None, [], {}, "text", [[]], [["a"]], [[1, 2, 3]], [3], [[float("nan"), 1]], {"size": [1, 1], "counts": 1}]
)
def test_what_is_no_outline_is_left_to_others(found: Any) -> None:
    assert not _reported([found] * 9).faults
