from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import ConfigError
from boxwright.geometry.tiling import Tiling, tiling_of

SIDES = st.integers(1, 60)
TILINGS = st.builds(lambda tall, wide, overlap: Tiling((tall, wide), overlap), SIDES, SIDES, st.floats(0, 0.9))


@given(TILINGS, st.integers(1, 200), st.integers(1, 200))
def test_tiles_cover_the_image_in_full_size_and_none_comes_twice(tiling: Tiling, height: int, width: int) -> None:
    windows = tiling.windows((height, width))
    seen = np.zeros((height, width), bool)
    for left, top, right, bottom in windows:
        assert (bottom - top, right - left) == (min(tiling.size[0], height), min(tiling.size[1], width))
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        seen[top:bottom, left:right] = True
    assert seen.all()
    assert len(set(windows)) == len(windows)
    assert windows == sorted(windows, key=lambda window: (window[1], window[0]))


@given(TILINGS, st.integers(1, 300))
def test_neighbours_overlap_by_what_was_asked(tiling: Tiling, width: int) -> None:
    lefts = [window[0] for window in tiling.windows((1, width))]
    side = tiling.size[1]
    asked = min(tiling.overlap * side, side - 1)
    assert all(before + side - after >= asked - 1e-6 for before, after in pairwise(lefts))


def test_there_are_no_more_tiles_than_needed() -> None:
    assert len(Tiling((640, 640), 0.2).windows((20_000, 20_000))) == 39 * 39  # (20000 - 640) / 512 = 37.8, and one
    assert len(Tiling((10, 10), 0.0).windows((100, 100))) == 100
    assert len(Tiling((10, 10), 0.3).windows((17, 17))) == 4  # 0.3 · 10 is no more than 3 pixels


def test_an_image_that_fits_is_one_tile() -> None:
    assert Tiling((640, 640)).windows((480, 640)) == [(0, 0, 640, 480)]


def test_what_settings_ask_for() -> None:
    assert tiling_of(None) is None
    assert tiling_of(64) == Tiling((64, 64), 0.2)
    assert tiling_of((64, 128), 0.5) == Tiling((64, 128), 0.5)
    assert str(tiling_of((64, 128), 0.5)) == "tiles of 64 × 128 pixels, overlap 0.5"


@pytest.mark.parametrize("size", [(0, 5), (5, -1), (5, 1_000_000)])
def test_impossible_sides(size: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="tile: both sides must be from 1"):
        Tiling(size)


@pytest.mark.parametrize("overlap", [-0.1, 0.95, float("nan")])
def test_impossible_overlaps(overlap: float) -> None:
    with pytest.raises(ConfigError, match="tile_overlap is a share"):
        Tiling((64, 64), overlap)


def test_an_overlap_of_no_tiles() -> None:
    with pytest.raises(ConfigError, match="Give tile too"):
        tiling_of(None, 0.2)
