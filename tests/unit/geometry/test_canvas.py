import numpy as np
import pytest

from boxwright.errors import ConfigError
from boxwright.geometry.canvas import canvas_pair, side_pair
from boxwright.geometry.tiling import tiling_of


def test_one_side_stands_for_both() -> None:
    assert canvas_pair(64) == canvas_pair((64, 64)) == (64, 64)
    assert canvas_pair((64, 96)) == (64, 96)


@pytest.mark.parametrize("canvas", [0, -64, (0, 64), (64, -1), 9_999_999_999_968, (64, 10**30)])
def test_a_canvas_that_cannot_be_is_refused(canvas: int | tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="canvas: both sides must be from 1 to"):
        canvas_pair(canvas)


def test_sides_may_be_numbers_of_numpy_and_lists() -> None:
    assert side_pair("tile", np.int64(32)) == (32, 32)
    assert side_pair("tile", [np.int32(32), 48]) == (32, 48)


@pytest.mark.parametrize("value", [True, (64, True), 64.0, "64", None, (64,), (64, 64, 64), (), (64, "a"), [64.5, 64]])
def test_what_is_no_side_and_no_pair_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match="tile is a side, or height and width, in whole pixels; found "):
        side_pair("tile", value)


def test_a_truth_value_is_no_side() -> None:
    with pytest.raises(ConfigError, match="tile is a side"):
        tiling_of(True)
    with pytest.raises(ConfigError, match="canvas is a side"):
        canvas_pair(True)
