from typing import Any

import cv2
import numpy as np
import pytest
import torch

from boxwright.data.transforms import Mosaic, RandomAffine
from boxwright.errors import ShapeError

CANVAS = (48, 64)


@pytest.fixture
def four(make_sample: Any) -> list[Any]:
    """Four samples, each one grey and wholly boxed, of different sizes."""
    samples = []
    for number, size in enumerate([(40, 60), (30, 30), (100, 20), (200, 300)]):
        sample = make_sample(size, [[0, 0, size[1], size[0]]], labels=[number], image_id=number)
        sample.image.fill_(50 * (number + 1))
        samples.append(sample)
    return samples


def _still(scale_to: float = 0.5) -> RandomAffine:
    class Fixed(RandomAffine):
        def draw(self, rng: Any, size: tuple[int, int]) -> Any:
            return np.diag([scale_to, scale_to, 1.0])

    return Fixed(CANVAS)


def test_each_image_touches_the_point_with_its_corner(four: list[Any]) -> None:
    """The whole double frame is shown at half size, so all four are seen where they were placed."""
    rng = np.random.default_rng(1)
    point = (rng.uniform(0.5, 1.5) * CANVAS[1] / 2, rng.uniform(0.5, 1.5) * CANVAS[0] / 2)
    mosaic = Mosaic(_still())(four, np.random.default_rng(1))
    boxes = dict(zip(mosaic.labels.tolist(), mosaic.boxes, strict=True))
    assert boxes[0][2:].tolist() == pytest.approx(point, abs=1e-3)
    assert boxes[1][[0, 3]].tolist() == pytest.approx(point, abs=1e-3)
    assert boxes[2][[2, 1]].tolist() == pytest.approx(point, abs=1e-3)
    assert boxes[3][:2].tolist() == pytest.approx(point, abs=1e-3)


def test_pixels_lie_where_the_boxes_say(four: list[Any]) -> None:
    mosaic = Mosaic(_still())(four, np.random.default_rng(1))
    expected = torch.full(CANVAS, 114)
    for label, box in zip(mosaic.labels.tolist(), mosaic.boxes, strict=True):
        left, top, right, bottom = (int(np.ceil(edge - 0.5)) for edge in box.tolist())
        expected[top:bottom, left:right] = 50 * (label + 1)
    assert (mosaic.image[0] == expected).all()


def test_every_image_is_warped_once_into_the_canvas(four: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    warp = cv2.warpAffine

    def spy(source: Any, inverse: Any, size: tuple[int, int], **options: Any) -> Any:
        calls.append((int(source[0, 0, 0]), size))
        return warp(source, inverse, size, **options)

    monkeypatch.setattr(cv2, "warpAffine", spy)
    Mosaic(_still())(four, np.random.default_rng(1))
    assert [grey for grey, _ in calls] == [50, 100, 150, 200]
    assert all(width <= CANVAS[1] and height <= CANVAS[0] for _, (width, height) in calls)


def test_origin_is_that_of_the_first(four: list[Any]) -> None:
    mosaic = Mosaic(RandomAffine(CANVAS))(four, np.random.default_rng(0))
    assert mosaic.origin.image_id == 0
    assert mosaic.origin.letterbox is None
    assert mosaic.origin.all_names == tuple(sample.origin.name for sample in four)
    assert mosaic.size == CANVAS


def test_needs_four(four: list[Any]) -> None:
    with pytest.raises(ShapeError, match="found 3"):
        Mosaic(RandomAffine(CANVAS))(four[:3], np.random.default_rng(0))
