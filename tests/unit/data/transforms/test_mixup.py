from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from boxwright.data.transforms import MixUp
from boxwright.errors import ShapeError
from boxwright.structures import InstanceMasks


def test_blends_and_joins(make_sample: Any) -> None:
    first = make_sample((10, 20), [[0, 0, 20, 10]], labels=[3])
    second = make_sample((10, 20), [[0, 0, 5, 5]], labels=[1], ignore=[True], image_id=9)
    share = np.random.default_rng(0).beta(32, 32)
    mixed = MixUp()(first, second, np.random.default_rng(0))
    assert mixed.boxes.tolist() == [[0, 0, 20, 10], [0, 0, 5, 5]]
    assert mixed.labels.tolist() == [3, 1]
    assert mixed.ignore.tolist() == [False, True]
    assert mixed.origin.image_id == 0
    assert len(mixed.origin.mixed_with) == 1
    assert mixed.image[0, 0, 0] == 255
    assert int(mixed.image[0, 9, 19]) == pytest.approx(255 * share, abs=1)


def test_sizes_must_agree(make_sample: Any) -> None:
    with pytest.raises(ShapeError, match=r"\(10, 20\) and \(20, 10\)"):
        MixUp()(make_sample((10, 20)), make_sample((20, 10)), np.random.default_rng(0))


def test_masks_of_both_are_kept_in_the_order_of_the_boxes(make_sample: Any) -> None:
    one, two = (_masked(make_sample((20, 30), [box])) for box in ([2, 3, 10, 9], [5, 5, 30, 20]))
    mixed = MixUp()(one, two, np.random.default_rng(0))
    assert mixed.masks.boxes.tolist() == mixed.boxes.tolist() == [[2, 3, 10, 9], [5, 5, 30, 20]]


def test_masks_of_one_alone_are_an_error(make_sample: Any) -> None:
    one, two = _masked(make_sample((20, 30), [[2, 3, 10, 9]])), make_sample((20, 30), image_id=4)
    for pair in ((one, two), (two, one)):
        with pytest.raises(ShapeError, match=r"only one of \S+ and \S+ has them"):
            MixUp()(*pair, np.random.default_rng(0))


def _masked(sample: Any) -> Any:
    return replace(sample, masks=InstanceMasks.from_boolean(sample.image[:1] > 0))
