from typing import Any

import numpy as np
import torch

from boxwright.data.transforms import ZoomOut, whole


def test_the_image_lies_somewhere_in_a_larger_frame(make_sample: Any) -> None:
    sample = make_sample((40, 60), [[10, 5, 30, 25]])
    places, ratios = set(), []
    for seed in range(30):
        shown = ZoomOut(1.0)(sample, np.random.default_rng(seed))
        left, top, right, bottom = (int(side) for side in shown.boxes[0])
        assert (right - left, bottom - top) == (20, 20)
        assert shown.image[0, top:bottom, left:right].min() == 255
        image = shown.image[:, top - 5 : top + 35, left - 10 : left + 50]
        assert torch.equal(image, sample.image)
        places.add((left, top))
        ratios.append(shown.size[0] / 40)
    assert len(places) > 25
    assert min(ratios) >= 1
    assert max(ratios) <= 4
    assert max(ratios) - min(ratios) > 2


def test_probability(make_sample: Any) -> None:
    sample, rng = make_sample(), np.random.default_rng(0)
    assert ZoomOut(0.0)(sample, rng) is sample
    share = np.mean([ZoomOut(0.3).draw((40, 60), rng) != whole((40, 60)) for _ in range(500)])
    assert 0.2 < share < 0.4


def test_the_frame_holds_the_image() -> None:
    for seed in range(100):
        window = ZoomOut(1.0).draw((37, 23), np.random.default_rng(seed))
        assert -window.left >= 0
        assert -window.top >= 0
        assert window.size[0] + window.top >= 37
        assert window.size[1] + window.left >= 23
