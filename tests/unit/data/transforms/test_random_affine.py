from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import FitToCanvas, RandomAffine
from boxwright.data.transforms.affine_map import map_points


def test_nothing_random_is_the_letterbox(make_sample: Any) -> None:
    sample = make_sample((24, 40), [[4, 6, 20, 18]])
    still = RandomAffine((64, 48), degrees=0.0, translate=0.0, scale=0.0, shear=0.0)
    changed, fitted = still(sample, np.random.default_rng(0)), FitToCanvas((64, 48))(sample)
    assert torch.allclose(changed.boxes, fitted.boxes, atol=1e-4)
    assert (changed.image.int() - fitted.image.int()).abs().float().mean() < 2
    assert changed.origin.letterbox is None


def test_middle_goes_to_the_middle() -> None:
    still = RandomAffine((64, 48), degrees=180.0, translate=0.0, scale=0.9, shear=30.0)
    matrix = still.draw(np.random.default_rng(0), (100, 200))
    assert map_points(matrix, np.array([100.0, 50.0])) == pytest.approx([24, 32])


def test_draws_stay_in_their_ranges() -> None:
    affine, rng = RandomAffine((100, 100), degrees=0.0, translate=0.1, scale=0.5, shear=0.0), np.random.default_rng(0)
    draws = np.stack([affine.draw(rng, (0, 0)) for _ in range(500)])
    scales, shifts = draws[:, 0, 0], draws[:, :2, 2]
    assert 0.5 <= scales.min() < 0.52 < 1.48 < scales.max() <= 1.5
    assert 40 <= shifts.min() < 41 < 59 < shifts.max() <= 60
    assert (draws[:, 0, 1] == 0).all()
    assert (draws[:, 0, 0] == draws[:, 1, 1]).all()


def test_turns_keep_angles_and_sizes() -> None:
    affine = RandomAffine((100, 100), degrees=90.0, translate=0.0, scale=0.0, shear=0.0)
    linear = affine.draw(np.random.default_rng(5), (0, 0))[:2, :2]
    assert linear.T @ linear == pytest.approx(np.eye(2))
    assert abs(linear[0, 1]) > 0.01
