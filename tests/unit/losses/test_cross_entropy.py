import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from boxwright.kernels.log_scores import LogScores
from boxwright.losses import CrossEntropy
from tests.contracts.loss_laws import LossLaws

SHAPES = [(2, 1, 5, 4, 6), (2, 1, 5, 2, 3), (2, 1, 5, 1, 2)]
SHAPES_WITH_ANCHORS = [(3, 2, 4, 3, 5), (3, 3, 4, 2, 2)]
both_kinds = pytest.mark.parametrize("shapes", [SHAPES, SHAPES_WITH_ANCHORS])
Shapes = list[tuple[int, ...]]


class TestCrossEntropy(LossLaws):
    """One level with one row of cells; every third prior has a pair."""

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return 3 * torch.randn(rows, 5, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        prior = torch.arange(0, len(values), 3)
        block = values.t()[None, None, :, None]
        loss: Tensor = CrossEntropy()((block,), prior * 0, prior, prior % 4, (prior % 5) / 4)
        return loss.squeeze(0)

    def extreme(self) -> list[Tensor]:
        return [torch.full((7, 5), value) for value in (-1e4, 0.0, 1e4)] + [1e4 * torch.eye(5), -1e4 * torch.eye(5)]


class TestOfCounted(TestCrossEntropy):
    """The same laws where priors are picked, here all of them."""

    def evaluate(self, values: Tensor) -> Tensor:
        prior = torch.arange(0, len(values), 3)
        block = values.t()[None, None, :, None]
        counted = torch.ones(1, len(values), dtype=torch.bool)
        columns = (prior * 0, prior, prior % 4, (prior % 5) / 4)
        loss: Tensor = CrossEntropy().of_counted((block,), counted, *columns, LogScores.of((block,)))
        return loss.squeeze(0)


def scene(shapes: Shapes, dtype: torch.dtype = torch.float64) -> tuple[list[Tensor], tuple[Tensor, ...], Tensor]:
    """Gives level blocks, pairs with quality 1, and the dense label of every prior, 0 for background."""
    generator = torch.Generator().manual_seed(0)
    blocks = [torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for shape in shapes]
    batch, classes = shapes[0][0], shapes[0][2] - 1
    priors = sum(a * h * w for _, a, _, h, w in shapes)
    labels = torch.randint(-3 * classes, classes + 1, (batch, priors), generator=generator).clamp(min=0)
    image, prior = labels.nonzero(as_tuple=True)
    return blocks, (image, prior, labels[image, prior] - 1, torch.ones(len(image))), labels


def dense(blocks: list[Tensor]) -> Tensor:
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1)


@both_kinds
def test_equals_the_dense_loss_and_its_gradient(shapes: Shapes) -> None:
    blocks, pairs, labels = scene(shapes)
    wanted = cross_entropy(dense(blocks).flatten(0, 1), labels.flatten(), reduction="none").view(labels.shape)
    found = CrossEntropy()(tuple(blocks), *pairs)
    torch.testing.assert_close(found, wanted)
    weight = torch.rand(labels.shape, dtype=torch.float64)
    ours = torch.autograd.grad((found * weight).sum(), blocks)
    theirs = torch.autograd.grad((wanted * weight).sum(), blocks)
    torch.testing.assert_close(ours, theirs)


@both_kinds
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_some_priors_cost_what_they_cost_among_all(shapes: Shapes, share: float) -> None:
    """Pairs of priors that do not count are left out; the first pair comes twice, with half a quality each time."""
    blocks, pairs, labels = scene(shapes)
    image, prior, label, quality = (torch.cat((column[:1], column)) for column in pairs)
    quality = quality * torch.tensor([0.5, 0.5] + [0.8] * (len(image) - 2), dtype=torch.float64)
    counted = torch.rand(labels.shape, generator=torch.Generator().manual_seed(1)) < share
    scores = LogScores.of(tuple(blocks))
    found = CrossEntropy().of_counted(tuple(blocks), counted, image, prior, label, quality, scores)
    wanted = CrossEntropy()(tuple(blocks), image, prior, label, quality).masked_fill(~counted, 0)
    torch.testing.assert_close(found, wanted)
    weight = torch.rand(labels.shape, dtype=torch.float64)
    ours = torch.autograd.grad((found * weight).sum(), blocks)
    torch.testing.assert_close(ours, torch.autograd.grad((wanted * weight).sum(), blocks))


def test_worked_by_hand() -> None:
    """Logits 0, 0, 0 of one prior: ln 3 as background, ln 3 as any class. Then background ahead by 2."""
    none, one = torch.zeros(0, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
    flat = torch.zeros(1, 1, 3, 1, 1)
    assert CrossEntropy()((flat,), none, none, none, torch.zeros(0)).item() == pytest.approx(math.log(3))
    assert CrossEntropy()((flat,), one, one, one, torch.ones(1)).item() == pytest.approx(math.log(3))
    ahead = torch.tensor([2.0, 0.0, 0.0]).view(1, 1, 3, 1, 1)
    total = math.log(math.exp(2) + 2)
    assert CrossEntropy()((ahead,), none, none, none, torch.zeros(0)).item() == pytest.approx(total - 2)
    assert CrossEntropy()((ahead,), one, one, one + 1, torch.ones(1)).item() == pytest.approx(total)
    assert CrossEntropy()((ahead,), one, one, one + 1, torch.tensor([0.5])).item() == pytest.approx(total - 1)
