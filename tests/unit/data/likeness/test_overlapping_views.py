import cv2
import numpy as np
import pytest

from boxwright.data.images.view_features import view_features
from boxwright.data.likeness import overlapping_views as module
from boxwright.data.likeness.overlapping_views import overlapping_views


def _scene(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    picture = np.full((500, 600), 180, np.uint8)
    for _ in range(150):
        centre = (int(rng.integers(600)), int(rng.integers(500)))
        cv2.circle(picture, centre, int(rng.integers(3, 25)), int(rng.integers(0, 256)), -1)
    return picture


def _found(pictures: list[np.ndarray]) -> list[tuple[int, int, float]]:
    features = [view_features(picture, 256) for picture in pictures]
    views = overlapping_views(features, lambda position: pictures[position])
    return [(view.first, view.second, view.common) for view in views]


@pytest.mark.parametrize("most_compared", [0, 500])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 3), (100, 0), (0, 90), (80, 70), (150, 20)])
def test_a_shift_is_found_either_way(x: int, y: int, most_compared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COMPARED", most_compared)
    scene = _scene()
    first, second = scene[:240, :320], scene[y : y + 240, x : x + 320]
    expected = (320 - x) * (240 - y) / (320 * 240)
    for pictures in ([first, second], [second, first]):
        ((one, other, common),) = _found(pictures)
        assert (one, other) == (0, 1)
        assert common == pytest.approx(expected, abs=1e-6)


def test_of_many_only_those_that_overlap() -> None:
    scene = _scene()
    parts = [scene[:200, :250], scene[300:, 350:], scene[20:220, 60:310], _scene(1)[:200, :250]]
    assert [pair[:2] for pair in _found(parts)] == [(0, 2)]


def test_pictures_without_clear_points(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = cv2.GaussianBlur(_scene(), (0, 0), 7)
    parts = [scene[:240, :320], scene[60:300, 120:440]]
    ((first, second, common),) = _found(parts)
    assert (first, second) == (0, 1)
    assert common == pytest.approx(200 * 180 / (320 * 240), abs=0.02)
    monkeypatch.setattr(module, "MOST_COMPARED", 1)
    assert _found(parts) == []  # what the comparison of all with all is for


def test_too_small_a_common_part() -> None:
    scene = _scene()
    assert _found([scene[:240, :320], scene[120:360, 250:570]]) == []  # 11 %


def test_pictures_of_two_sizes_are_passed_over() -> None:
    scene = _scene()
    assert _found([scene[:240, :320], scene[:230, :320]]) == []


def test_nothing_to_compare() -> None:
    assert _found([]) == []
    assert _found([np.zeros((50, 50), np.uint8)] * 2) == []
    assert _found([_scene()[:100, :100]]) == []
