"""What a coder can express from some prior of a canvas, against all of them."""

import pytest
import torch
from tests.contracts.scenes import random_boxes

from boxwright.coders import DeltaCoder, DistributionCoder, SigmoidOffsetCoder
from boxwright.inspection.diagnosis.reach import within_reach, within_reach_of_any
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid


def _boxes() -> torch.Tensor:
    return random_boxes(torch.Generator().manual_seed(0), 60, (96, 128), dtype=torch.float32)


@pytest.mark.parametrize(
    ("coder", "generate"),
    [
        (DistributionCoder(4), PointGrid((8, 16))),
        (SigmoidOffsetCoder(), AnchorGrid((((4.0, 6.0), (9.0, 5.0)), ((12.0, 12.0), (20.0, 9.0))), (8, 16))),
        (DeltaCoder(size_ratio_clamp=3.0), DEFAULT_BOXES["ssd_tiny"]),
    ],
)
def test_any_prior_means_some_of_all(coder, generate) -> None:
    priors, boxes = generate((96, 128)), _boxes()
    rows = priors.rows(torch.arange(len(priors)))
    expected = [bool(within_reach(coder.reaches, box.expand(len(priors), 4), rows).any()) for box in boxes]
    assert 0 < sum(expected) < len(boxes)
    assert within_reach_of_any(coder.reaches, boxes, priors).tolist() == expected


def test_without_a_limit_everything_is_within_reach() -> None:
    assert within_reach_of_any(None, _boxes(), PointGrid()((96, 128))).all()
