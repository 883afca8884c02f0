import numpy as np

from boxwright.data.images.view_features import LONGEST_SIDE, shrunk, view_features


def test_large_pictures_are_shrunk_and_small_ones_left() -> None:
    assert shrunk(np.zeros((600, 1200), np.uint8)).shape == (160, LONGEST_SIDE)
    assert shrunk(np.zeros((30, 40), np.uint8)).shape == (30, 40)


def test_points_lie_in_the_shrunk_picture() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (300, 640), dtype=np.uint8)
    found = view_features(grey, 50)
    assert 0 < len(found.points) <= 50
    assert found.size == (150, 320)
    assert (found.points >= 0).all()
    assert (found.points < (320, 150)).all()


def test_an_even_picture_has_none() -> None:
    found = view_features(np.zeros((100, 100), np.uint8), 50)
    assert found.points.shape == (0, 2)
    assert found.descriptors.shape == (0, 32)
