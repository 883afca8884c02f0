from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data.transforms import FitToCanvas
from boxwright.data.transforms.composition import FILL
from boxwright.structures import InstanceMasks


def test_enlarges_into_the_middle(make_sample: Any) -> None:
    fitted = FitToCanvas((64, 32))(make_sample((8, 16), [[0, 0, 16, 8]]))
    assert fitted.size == (64, 32)
    assert fitted.boxes.tolist() == [[0, 24, 32, 40]]
    assert (fitted.image[:, 24:40] == 255).all()
    assert (fitted.image[:, :24] == FILL).all()
    assert (fitted.image[:, 40:] == FILL).all()


def test_halving_averages(make_sample: Any) -> None:
    sample = make_sample((4, 4))
    sample.image[:, ::2] = 200
    assert (FitToCanvas((2, 2))(sample).image == 100).all()


def test_same_size_is_untouched(make_sample: Any) -> None:
    sample = make_sample((8, 16), [[1, 2, 3, 4]])
    sample.image[:] = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 8, 16), dtype=np.uint8))
    fitted = FitToCanvas((8, 16))(sample)
    assert torch.equal(fitted.image, sample.image)
    assert torch.equal(fitted.boxes, sample.boxes)


def test_small_image_may_stay_small(make_sample: Any) -> None:
    fitted = FitToCanvas((32, 32), enlarge=False)(make_sample((8, 16), [[0, 0, 16, 8]]))
    assert fitted.boxes.tolist() == [[8, 12, 24, 20]]


@pytest.mark.parametrize("size", [(37, 91), (91, 37), (400, 3), (64, 64)])
def test_origin_leads_back(make_sample: Any, size: tuple[int, int]) -> None:
    sample = make_sample(size, [[1, 1, 2, 3]])
    fitted = FitToCanvas((64, 96))(sample)
    assert fitted.origin.letterbox is not None
    assert fitted.origin.size == size
    assert torch.allclose(fitted.origin.letterbox.to_original(fitted.boxes), sample.boxes, atol=1e-4)


@pytest.mark.parametrize(("canvas", "expected"), [((40, 60), [4, 16, 20, 28]), ((80, 60), [4, 36, 20, 48])])
def test_masks_lie_where_the_boxes_do(make_sample: Any, canvas: tuple[int, int], expected: list[int]) -> None:
    sample = make_sample((10, 30), [[2, 3, 10, 9]])
    sample = replace(sample, masks=InstanceMasks.from_boolean(sample.image[:1] > 0))
    fitted = FitToCanvas(canvas)(sample)
    assert fitted.masks.size == canvas
    assert fitted.masks.boxes.tolist() == fitted.boxes.tolist() == [expected]
    assert int(fitted.masks.areas[0]) == 16 * 12
