import cv2
import numpy as np
import pytest

from boxwright.data.likeness.phase_correlation import correlation, overlap, shifted_pairs


def _scene(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    grey = cv2.GaussianBlur(rng.normal(size=(600, 800)), (0, 0), 3)
    return np.clip(128 + 40 * grey / grey.std(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (40, 16), (-40, 16), (160, 0), (-100, -80)])
def test_the_shift_of_the_second_picture(x: int, y: int) -> None:
    scene = _scene(0)
    first = scene[180:420, 240:560]
    second = scene[180 - y : 420 - y, 240 - x : 560 - x]
    ((one, other, shift),) = shifted_pairs([first, second], 0.16)
    assert (one, other) == (0, 1)
    assert shift == pytest.approx((x, y), abs=4)  # a pixel of the small pictures
    assert correlation(first, second, y, x) == pytest.approx(1.0)


def test_only_pairs_that_show_one_place() -> None:
    scene = _scene(0)
    parts = [scene[:240, :320], _scene(1)[:240, :320], scene[100:340, 120:440], _scene(2)[:240, :320]]
    assert [pair[:2] for pair in shifted_pairs(parts, 0.16)] == [(0, 2)]
    assert list(shifted_pairs(parts, 0.9)) == []


def test_nothing_to_compare() -> None:
    assert list(shifted_pairs([], 0.16)) == []
    assert list(shifted_pairs([_scene(0)], 0.16)) == []
    assert list(shifted_pairs([np.zeros((50, 70), np.uint8)] * 3, 0.16)) == []
    assert len(list(shifted_pairs([_scene(0)[:9, :1]] * 2, 0.16))) <= 1


def test_what_is_left_of_a_shifted_picture() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert overlap(picture, 1, -1).tolist() == [[4, 5, 6], [8, 9, 10]]
    assert overlap(picture, 0, 0).tolist() == picture.tolist()
    assert overlap(picture, 3, 0).size == 0
    assert correlation(picture, picture, 3, 0) == -1.0
    assert correlation(picture, 255 - picture, 0, 0) == pytest.approx(-1.0)
