from typing import Any

import cv2
import numpy as np
import pytest

from boxwright.data.transforms.affine_map import Matrix, rotation, scaling, translation
from boxwright.data.transforms.warp import paint


def _noise(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)


def _canvas(size: tuple[int, int], value: int = 114) -> np.ndarray:
    return np.full((*size, 3), value, np.uint8)


def test_whole_pixel_shift_copies_exactly() -> None:
    image, canvas = _noise((10, 12)), _canvas((20, 30))
    paint(canvas, image, translation(7.0, 4.0))
    assert np.array_equal(canvas[4:14, 7:19], image)
    canvas[4:14, 7:19] = 114
    assert (canvas == 114).all()


def test_image_over_the_edge() -> None:
    image, canvas = _noise((10, 12)), _canvas((8, 9))
    paint(canvas, image, translation(-5.0, 3.0))
    assert np.array_equal(canvas[3:, :7], image[:5, 5:])
    assert (canvas[:3] == 114).all()


def test_image_out_of_sight() -> None:
    canvas = _canvas((8, 9))
    paint(canvas, _noise((4, 4)), translation(9.0, 0.0))
    paint(canvas, _noise((4, 4)), translation(0.0, -4.0))
    assert (canvas == 114).all()


def test_quarter_turn_is_exact() -> None:
    image, canvas = _noise((10, 12)), _canvas((12, 10))
    paint(canvas, image, translation(10.0, 0.0) @ rotation(90.0))
    assert np.array_equal(canvas, np.rot90(image, -1))


def test_doubling_keeps_block_positions() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[1, 2] = 255
    canvas = _canvas((8, 8))
    paint(canvas, image, scaling(2.0, 2.0))
    weights = canvas[..., 0].astype(float)
    rows, columns = np.mgrid[:8, :8] + 0.5
    assert (weights * columns).sum() / weights.sum() == pytest.approx(5, abs=0.05)
    assert (weights * rows).sum() / weights.sum() == pytest.approx(3, abs=0.05)


def test_halving_averages_blocks() -> None:
    image, canvas = _noise((8, 12)), _canvas((4, 6))
    paint(canvas, image, scaling(0.5, 0.5))
    means = image.reshape(4, 2, 6, 2, 3).mean(axis=(1, 3))
    assert np.abs(canvas - means).max() <= 1


def test_strong_shrinking_sees_every_pixel() -> None:
    """Bilinear reading alone would skip most of the white lines."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[::8] = 255
    canvas = _canvas((8, 8))
    paint(canvas, image, scaling(1 / 8, 1 / 8))
    assert np.abs(canvas.astype(int) - 255 // 8).max() <= 2


@pytest.mark.parametrize("turn", [0.0, 30.0])
@pytest.mark.parametrize("scale", [1.0, 0.7, 0.31])
def test_neighbours_leave_no_gap_and_no_overlap(turn: float, scale: float) -> None:
    white = np.full((40, 40, 3), 255, np.uint8)
    view = translation(33.3, 21.7) @ rotation(float(turn)) @ scaling(scale, scale)
    counts = np.zeros((64, 64), int)
    for x, y in ((-40, -40), (0, -40), (-40, 0), (0, 0)):
        canvas = _canvas((64, 64), 0)
        paint(canvas, white, view @ translation(float(x), float(y)))
        counts += canvas[..., 0] == 255
    whole = _canvas((64, 64), 0)
    paint(whole, np.full((80, 80, 3), 255, np.uint8), view @ translation(-40.0, -40.0))
    assert counts.max() == 1
    assert np.array_equal(counts, whole[..., 0] // 255)


@pytest.mark.parametrize("matrix", [scaling(1.5, 1.5), rotation(10.0) @ scaling(1.5, 1.5)])
def test_only_the_covered_part_is_warped(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    warp = cv2.warpAffine

    def spy(source: Any, inverse: Any, size: tuple[int, int], **options: Any) -> Any:
        sizes.append(size)
        return warp(source, inverse, size, **options)

    monkeypatch.setattr(cv2, "warpAffine", spy)
    paint(_canvas((100, 100)), _noise((20, 20)), translation(50.0, 50.0) @ matrix)
    assert len(sizes) == 1
    assert max(sizes[0]) < 40
