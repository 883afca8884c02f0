import pytest
import torch
from torch import Tensor

from boxwright.coders import DistributionCoder
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Proposals

PRIORS = PointGrid()((64, 96))
CODER = DistributionCoder(8)


def build(dtype: torch.dtype = torch.float32) -> tuple[Proposals, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, len(PRIORS), 3, generator=generator).to(dtype).requires_grad_()
    codes = torch.randn(2, len(PRIORS), 32, generator=generator).to(dtype).requires_grad_()
    return Proposals(Predictions.from_dense(logits, codes, PRIORS), PRIORS, CODER.decode), logits, codes


def pairs(count: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randint(2, (count,), generator=generator),
        torch.randint(len(PRIORS), (count,), generator=generator),
    )


@pytest.mark.parametrize("count", [0, 1, 500])
def test_scores_and_boxes_equal_the_dense_ones(count: int) -> None:
    proposals, logits, codes = build()
    image, prior = pairs(count)
    scores = proposals.scores_of(image, prior, prior % 3)
    torch.testing.assert_close(scores, logits.sigmoid()[image, prior, prior % 3].detach())
    boxes = proposals.boxes_of(image, prior)
    dense = torch.stack([CODER.decode(codes=rows, priors=PRIORS.boxes) for rows in codes])
    torch.testing.assert_close(boxes, dense[image, prior].detach())


def test_nothing_is_differentiated() -> None:
    proposals, _, _ = build()
    image, prior = pairs(10)
    assert not proposals.scores_of(image, prior, prior % 3).requires_grad
    assert not proposals.boxes_of(image, prior).requires_grad


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_predictions_are_read_in_float32(dtype: torch.dtype) -> None:
    proposals, logits, codes = build(dtype)
    image, prior = pairs(50)
    scores, boxes = proposals.scores_of(image, prior, prior % 3), proposals.boxes_of(image, prior)
    assert scores.dtype == boxes.dtype == torch.float32
    torch.testing.assert_close(scores, logits.float().sigmoid()[image, prior, prior % 3].detach())
    wanted = CODER.decode(codes=codes[image, prior].float(), priors=PRIORS.boxes[prior])
    torch.testing.assert_close(boxes, wanted.detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_logits_give_equal_scores(dtype: torch.dtype) -> None:
    """Ties go by prior, so the last bit must not depend on where a pair stands in the list."""
    value = torch.randn(300, generator=torch.Generator().manual_seed(0)).to(dtype) * 4
    dense = value.view(1, 1, 300).expand(1, len(PRIORS), 300)
    predictions = Predictions.from_dense(dense, torch.zeros(1, len(PRIORS), 32, dtype=dtype), PRIORS)
    proposals = Proposals(predictions, PRIORS, CODER.decode)
    for label in range(300):
        for count in (5, 13, 101):
            zeros = torch.zeros(count, dtype=torch.int64)
            scores = proposals.scores_of(zeros, torch.arange(count), zeros + label)
            assert (scores == scores[0]).all()
