import pytest
import torch

from boxwright.criterion import DistributionTerm
from boxwright.losses import DistributionFocalLoss
from tests.contracts.term_laws import TermLaws, distribution_coder, some_matches


class TestDistributionTerm(TermLaws):
    reads = ("box_codes",)

    def make(self) -> DistributionTerm:
        return DistributionTerm(distribution_coder(), gain=1.0)


def test_is_the_weighted_sum_over_the_summed_quality() -> None:
    matches, _ = some_matches(9)
    distances = distribution_coder().encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
    values = DistributionFocalLoss()(matches.box_codes, distances) * matches.assignment.quality
    found = DistributionTerm(distribution_coder(), gain=2.0)(matches)
    torch.testing.assert_close(found, 2 * values.sum() / max(float(matches.assignment.quality.sum()), 1.0))


def test_targets_too_large_for_the_bins_are_finite() -> None:
    matches, _ = some_matches(9)
    huge = matches.target_boxes * 1000
    assert (distribution_coder().encode(boxes=huge, priors=matches.prior_boxes) <= 7).all()


def test_published_gain_and_name() -> None:
    term = DistributionTerm(distribution_coder())
    assert term.name == "dfl"
    assert term.gain == pytest.approx(1.5)
