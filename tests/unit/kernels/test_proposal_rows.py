import pytest
import torch
from torch import Tensor

from boxwright.kernels.proposal_rows import boxes_at, scores_at
from boxwright.structures import Proposals
from tests.unit.structures.test_proposals import CODER, PRIORS, build, pairs


@pytest.mark.parametrize("count", [0, 1, 500])
def test_rows_are_those_of_the_methods(count: int) -> None:
    proposals, _, _ = build()
    image, prior = pairs(count)
    assert torch.equal(scores_at(proposals, image, prior, prior % 3), proposals.scores_of(image, prior, prior % 3))
    torch.testing.assert_close(boxes_at(proposals, image, prior), proposals.boxes_of(image, prior))


def test_a_prior_of_many_pairs_is_decoded_once() -> None:
    proposals, _, _ = build()
    decoded: list[int] = []

    def count(*, codes: Tensor, priors: Tensor) -> Tensor:
        decoded.append(len(codes))
        return CODER.decode(codes=codes, priors=priors)

    image, prior = torch.zeros(1000, dtype=torch.int64), torch.arange(1000) % 4
    boxes = boxes_at(Proposals(proposals.predictions, PRIORS, count), image, prior)
    assert decoded == [4]
    assert boxes.shape == (1000, 4)


def test_methods_of_another_kind_of_proposals_decide() -> None:
    class Given(Proposals):
        def scores_of(self, image: Tensor, prior: Tensor, label: Tensor) -> Tensor:
            return self.predictions.class_logits_at(image, prior, label).detach()

    proposals, logits, _ = build()
    image, prior = pairs(20)
    given = Given(proposals.predictions, PRIORS, CODER.decode)
    assert torch.equal(scores_at(given, image, prior, prior % 3), logits[image, prior, prior % 3])
