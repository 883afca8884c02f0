import torch

from boxwright.coders import DeltaCoder
from boxwright.criterion import CodeRegressionTerm
from boxwright.losses import SmoothL1
from tests.contracts.term_laws import TermLaws, some_matches


class TestCodeRegression(TermLaws):
    reads = ("box_codes",)
    code_size = 4

    def make(self) -> CodeRegressionTerm:
        return CodeRegressionTerm()


def test_is_the_weighted_sum_of_code_losses_over_the_summed_quality() -> None:
    matches, _ = some_matches(9, code_size=4)
    coder = DeltaCoder(stds=(0.1, 0.1, 0.2, 0.2))
    codes = coder.encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
    quality = matches.assignment.quality
    values = SmoothL1(1.0)(matches.box_codes, codes) * quality
    found = CodeRegressionTerm(coder, gain=2.0, loss=SmoothL1(1.0))(matches)
    torch.testing.assert_close(found, 2 * values.sum() / max(float(quality.sum()), 1.0))


def test_codes_do_not_depend_on_the_unit() -> None:
    """Boxes come in strides; encoded in pixels they are the same."""
    matches, _ = some_matches(9, code_size=4)
    assignment = matches.assignment
    in_strides = DeltaCoder().encode(boxes=matches.target_boxes, priors=matches.prior_boxes)
    in_pixels = DeltaCoder().encode(
        boxes=matches.targets.boxes[assignment.target], priors=matches.priors.rows(assignment.prior)
    )
    torch.testing.assert_close(in_strides, in_pixels)
