"""Priors that are computed in the graph."""

import pytest
import torch

from boxwright.exporting.graph_priors import LevelBoxes, prior_rows
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid, retinanet_anchors
from boxwright.structures import Predictions

GENERATORS = {
    "points": PointGrid((8, 16)),
    "anchors": AnchorGrid((((10.0, 13.0), (16.0, 30.0)), ((30.0, 61.0), (62.0, 45.0)))[:2], (8, 16)),
    "retinanet": retinanet_anchors(),
    "fitted": retinanet_anchors("torchvision"),
    "ssd_tiny": DEFAULT_BOXES["ssd_tiny"],
    "ssd300": DEFAULT_BOXES["ssd300"],
}


@pytest.mark.parametrize("name", sorted(GENERATORS))
@pytest.mark.parametrize("canvas_size", [(96, 160), (300, 300)])
def test_they_are_those_of_the_generator(name: str, canvas_size: tuple[int, int]) -> None:
    generator = GENERATORS[name]
    assert isinstance(generator, LevelBoxes)
    priors = generator(canvas_size)
    blocks = tuple(torch.zeros(1, grid.priors_per_cell, 1, grid.height, grid.width) for grid in priors.grids)
    assert torch.equal(prior_rows(generator, Predictions(blocks, blocks), canvas_size), priors.rows())
