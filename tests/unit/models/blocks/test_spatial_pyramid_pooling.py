import torch
from torch.nn import functional

from boxwright.models.blocks import SpatialPyramidPooling


def test_three_small_poolings_are_windows_of_5_9_and_13() -> None:
    block = SpatialPyramidPooling(8, 6).eval()
    features = torch.rand(2, 8, 14, 9)
    reduced = block.reduce(features)
    wide = [functional.max_pool2d(reduced, side, stride=1, padding=side // 2) for side in (5, 9, 13)]
    assert torch.equal(block(features), block.merge(torch.cat([reduced, *wide], dim=1)))


def test_the_size_is_kept_on_a_single_cell() -> None:
    assert SpatialPyramidPooling(8, 6).eval()(torch.rand(1, 8, 1, 1)).shape == (1, 6, 1, 1)
