from typing import Any

import numpy as np
import pytest

from boxwright.data.transforms import MixUp
from boxwright.errors import ShapeError


def test_blends_and_joins(make_sample: Any) -> None:
    first = make_sample((10, 20), [[0, 0, 20, 10]], labels=[3])
    second = make_sample((10, 20), [[0, 0, 5, 5]], labels=[1], ignore=[True], image_id=9)
    share = np.random.default_rng(0).beta(32, 32)
    mixed = MixUp()(first, second, np.random.default_rng(0))
    assert mixed.boxes.tolist() == [[0, 0, 20, 10], [0, 0, 5, 5]]
    assert mixed.labels.tolist() == [3, 1]
    assert mixed.ignore.tolist() == [False, True]
    assert mixed.origin.image_id == 0
    assert mixed.image[0, 0, 0] == 255
    assert int(mixed.image[0, 9, 19]) == pytest.approx(255 * share, abs=1)


def test_sizes_must_agree(make_sample: Any) -> None:
    with pytest.raises(ShapeError, match=r"\(10, 20\) and \(20, 10\)"):
        MixUp()(make_sample((10, 20)), make_sample((20, 10)), np.random.default_rng(0))
