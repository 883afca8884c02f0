"""Columns of a hand-made assignment."""

import numpy as np
import pytest
import torch
from tests.contracts.assignments import assignment_of
from tests.contracts.scenes import random_boxes

from boxwright.coders import DeltaCoder, DistributionCoder, SigmoidOffsetCoder
from boxwright.inspection.diagnosis.survey.tally import join_tallies, tally_batch, within_reach, within_reach_of_any
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid
from boxwright.structures import Targets
from boxwright.structures.verdicts import Reason, Verdicts

PRIORS = PointGrid((8, 16))((32, 64))  # 32 points at stride 8, then 8 at stride 16
TARGETS = Targets(
    torch.tensor([[0.0, 0, 8, 16], [0, 0, 30, 30], [1, 1, 3, 3], [8, 8, 40, 24]]),
    torch.tensor([1, 0, 0, 0]),
    torch.tensor([0, 0, 0, 1]),
    torch.tensor([False, True, False, False]),
    2,
)
PAIRS = assignment_of(
    torch.tensor([0, 0, 1]), torch.tensor([0, 8, 32]), torch.tensor([0, 0, 3]), torch.tensor([0.25, 0.5, 0.125])
)


def _verdicts() -> Verdicts:
    reasons = [Reason.POSITIVE, Reason.LOST, Reason.LOST, Reason.LOST, Reason.BELOW_TOP_K]
    target, prior = torch.tensor([0, 2, 2, 2, 3]), torch.tensor([0, 0, 1, 32, 33])
    unknown = torch.full((5,), torch.nan)
    reason = torch.tensor([int(one) for one in reasons], dtype=torch.uint8)
    return Verdicts(TARGETS.image[target], prior, target, reason, unknown, unknown, unknown)


def test_every_target_that_is_not_ignored_has_a_row() -> None:
    tally = tally_batch(PRIORS, TARGETS, PAIRS, _verdicts(), DistributionCoder().reaches, is_dynamic=True)
    assert (len(tally), tally.num_images, tally.ignored_regions) == (3, 2, 1)
    assert tally.labels.tolist() == [1, 0, 0]
    assert tally.sizes.tolist() == [[8, 16], [2, 2], [32, 16]]
    assert tally.positives.tolist() == [[2, 0], [0, 0], [0, 1]]
    assert tally.lost is not None
    assert tally.lost.tolist() == [[0, 0], [2, 1], [0, 0]]
    assert tally.best.tolist() == [0.5, 0.0, 0.125]
    assert tally.is_without.tolist() == [False, True, False]
    np.testing.assert_allclose(tally.sides, [np.sqrt(128), 2, np.sqrt(512)], rtol=1e-6)


def test_without_predictions_the_best_is_the_iou_of_a_prior() -> None:
    tally = tally_batch(PRIORS, TARGETS, PAIRS, None, DistributionCoder().reaches, is_dynamic=False)
    assert tally.lost is None
    np.testing.assert_allclose(tally.best, [0.5, 4 / 64, 0.2], rtol=1e-6)


def test_a_target_is_beyond_reach_if_none_of_its_own_positives_reaches() -> None:
    """The last target reaches two strides to the right of its point, though another point lies in its middle."""
    tally = tally_batch(PRIORS, TARGETS, PAIRS, None, DistributionCoder(2).reaches, is_dynamic=True)
    assert tally.is_beyond.tolist() == [True, False, True]
    wider = tally_batch(PRIORS, TARGETS, PAIRS, None, DistributionCoder(4).reaches, is_dynamic=True)
    assert wider.is_beyond.tolist() == [False, False, False]


def test_batches_are_joined() -> None:
    parts = [tally_batch(PRIORS, TARGETS, PAIRS, _verdicts(), None, is_dynamic=True) for _ in range(2)]
    whole = join_tallies(parts, 2)
    assert (len(whole), whole.num_images, whole.ignored_regions) == (6, 4, 2)
    assert whole.positives.sum() == 6
    without_reasons = tally_batch(PRIORS, TARGETS, PAIRS, None, None, is_dynamic=True)
    assert join_tallies([parts[0], without_reasons], 2).lost is None


def test_no_batch_is_no_target() -> None:
    nothing = join_tallies([], 3)
    assert (len(nothing), nothing.positives.shape, nothing.is_without.shape) == (0, (0, 3), (0,))


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
