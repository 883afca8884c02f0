import pytest
import torch

from boxwright.criterion import BoxRegressionTerm
from boxwright.losses import OverlapLoss
from tests.contracts.term_laws import TermLaws, distribution_coder, some_matches


class TestBoxRegression(TermLaws):
    reads = ("box_codes",)

    def make(self) -> BoxRegressionTerm:
        return BoxRegressionTerm(distribution_coder().decode, gain=1.0)


def test_is_the_weighted_sum_of_overlap_losses_over_the_summed_quality() -> None:
    matches, _ = some_matches(9)
    boxes = distribution_coder().decode(codes=matches.box_codes, priors=matches.prior_boxes)
    for kind in ("ciou", "giou"):
        values = OverlapLoss(kind)(boxes, matches.target_boxes) * matches.assignment.quality
        found = BoxRegressionTerm(distribution_coder().decode, gain=2.0, loss=OverlapLoss(kind))(matches)
        torch.testing.assert_close(found, 2 * values.sum() / max(float(matches.assignment.quality.sum()), 1.0))


def test_published_gain_and_name() -> None:
    term = BoxRegressionTerm(distribution_coder().decode)
    assert term.name == "box"
    assert term.gain == pytest.approx(7.5)
