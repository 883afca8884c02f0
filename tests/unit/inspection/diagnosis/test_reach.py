"""What coders can express, worked by hand and against all priors of a canvas."""

import pytest
import torch
from tests.contracts.scenes import random_boxes

from boxwright.coders import DeltaCoder, DistributionCoder, LtrbCoder, SigmoidOffsetCoder
from boxwright.inspection.diagnosis.reach import in_reach, in_reach_of_any
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid

POINT = torch.tensor([[20.0, 20.0, 8.0, 8.0, 8.0]])


def _reached(coder: object, box: tuple[float, ...], prior: torch.Tensor) -> bool:
    return bool(in_reach(coder, torch.tensor([box]), prior))


def test_a_distribution_ends_at_its_last_bin() -> None:
    coder = DistributionCoder(num_bins=4)  # 3 strides of 8 pixels
    assert _reached(coder, (0.0, 0.0, 44.0, 44.0), POINT)
    assert not _reached(coder, (0.0, 0.0, 44.1, 44.0), POINT)
    assert not _reached(coder, (0.0, -5.0, 44.0, 44.0), POINT)


def test_a_sigmoid_offset_scales_up_to_four_times_and_shifts_a_stride() -> None:
    coder = SigmoidOffsetCoder()
    assert _reached(coder, (4.0, 4.0, 36.0, 36.0), POINT)
    assert not _reached(coder, (3.0, 4.0, 37.0, 36.0), POINT)
    assert _reached(coder, (19.9, 19.9, 20.1, 20.1), POINT)
    assert not _reached(coder, (28.5, 18.0, 29.5, 22.0), POINT)


def test_a_delta_is_clamped_on_one_side_or_on_both() -> None:
    tiny = (20.0, 20.0, 20.1, 28.0)
    assert _reached(DeltaCoder(clamp="upper"), tiny, POINT)
    assert not _reached(DeltaCoder(), tiny, POINT)
    assert not _reached(DeltaCoder(size_ratio_clamp=2.0), (0.0, 0.0, 17.0, 8.0), POINT)


def test_a_coder_that_is_not_ours_reaches_everything() -> None:
    assert _reached(LtrbCoder(), (0.0, 0.0, 1e6, 1e6), POINT)


@pytest.mark.parametrize(
    ("coder", "generate"),
    [
        (DistributionCoder(4), PointGrid((8, 16))),
        (SigmoidOffsetCoder(), AnchorGrid((((4.0, 6.0), (9.0, 5.0)), ((12.0, 12.0), (20.0, 9.0))), (8, 16))),
        (DeltaCoder(size_ratio_clamp=3.0), DEFAULT_BOXES["ssd_tiny"]),
    ],
)
def test_any_prior_means_some_of_all(coder: object, generate) -> None:
    priors = generate((96, 128))
    boxes = random_boxes(torch.Generator().manual_seed(0), 60, (96, 128), dtype=torch.float32)
    rows = priors.rows(torch.arange(len(priors)))
    expected = torch.stack([in_reach(coder, box.expand(len(priors), 4), rows).any() for box in boxes])
    assert 0 < int(expected.sum()) < len(boxes)
    assert torch.equal(in_reach_of_any(coder, boxes, priors), expected)
