import pytest
import torch
from torch import Tensor

from boxwright.losses import AgainstBackground, BinaryCrossEntropy, FocalLoss, SoftLabelCrossEntropy, SoftLabelLoss
from tests.contracts.loss_laws import LossLaws
from tests.unit.losses.test_binary_cross_entropy import SHAPES, SHAPES_WITH_ANCHORS, in_prior_order, random_pairs
from tests.unit.losses.test_binary_cross_entropy import random_blocks as blocks_of

LOSSES = [SoftLabelCrossEntropy(), SoftLabelCrossEntropy(0.7), FocalLoss(1.5)]
both_kinds = pytest.mark.parametrize("shapes", [SHAPES, SHAPES_WITH_ANCHORS])


class TestAgainstBackground(LossLaws):
    """One level with one row of cells; every third prior has a pair."""

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return 3 * torch.randn(rows, 4, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        prior = torch.arange(0, len(values), 3)
        block = values.t()[None, None, :, None]
        quality = (prior % 5).to(torch.float32) / 4
        return AgainstBackground(FocalLoss())((block,), prior * 0, prior, prior % 4, quality).squeeze(0)

    def extreme(self) -> list[Tensor]:
        return [torch.full((7, 4), value) for value in (-1e4, -100.0, 0.0, 100.0, 1e4)]


@both_kinds
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("count", [0, 1, 40])
def test_equals_the_dense_loss_and_its_gradient(shapes: list[tuple[int, ...]], loss: SoftLabelLoss, count: int) -> None:
    blocks = blocks_of(shapes, torch.float64)
    image, prior, label, quality = random_pairs(blocks, count)
    found = AgainstBackground(loss)(tuple(blocks), image, prior, label, quality)
    logits = in_prior_order(blocks)
    labels = torch.zeros_like(logits)
    labels[image, prior, label] = quality.double()
    wanted = loss(logits, labels).sum(dim=2)
    torch.testing.assert_close(found, wanted)
    weight = torch.rand(found.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    ours = torch.autograd.grad((found * weight).sum(), blocks)
    theirs = torch.autograd.grad((wanted * weight).sum(), blocks)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@both_kinds
def test_equals_the_leaner_loss_for_plain_cross_entropy(shapes: list[tuple[int, ...]]) -> None:
    blocks = blocks_of(shapes)
    pairs = random_pairs(blocks, 40)
    wanted = BinaryCrossEntropy()(tuple(blocks), *pairs)
    torch.testing.assert_close(AgainstBackground(SoftLabelCrossEntropy())(tuple(blocks), *pairs), wanted)
