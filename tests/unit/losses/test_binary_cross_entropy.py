import math
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from boxwright.kernels import sparse_cross_entropy
from boxwright.losses import BinaryCrossEntropy
from tests.contracts.loss_laws import LossLaws

SHAPES = [(2, 1, 5, 4, 6), (2, 1, 5, 2, 3), (2, 1, 5, 1, 2)]
SHAPES_WITH_ANCHORS = [(3, 2, 4, 3, 5), (3, 3, 4, 2, 2)]
both_kinds = pytest.mark.parametrize("shapes", [SHAPES, SHAPES_WITH_ANCHORS])


class TestBinaryCrossEntropy(LossLaws):
    """One level with one row of cells; every third prior has a pair."""

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return 3 * torch.randn(rows, 4, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        prior = torch.arange(0, len(values), 3)
        block = values.t()[None, None, :, None]
        loss: Tensor = BinaryCrossEntropy()((block,), prior * 0, prior, prior % 4, (prior % 5) / 4)
        return loss.squeeze(0)

    def extreme(self) -> list[Tensor]:
        return [torch.full((7, 4), value) for value in (-1e4, -100.0, 0.0, 100.0, 1e4)]


def random_blocks(shapes: Sequence[tuple[int, ...]], dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [(2 * torch.randn(shape, generator=generator)).to(dtype).requires_grad_() for shape in shapes]


def in_prior_order(blocks: list[Tensor]) -> Tensor:
    """Lays level blocks out as `batch priors classes`: level, row, column, prior in the cell."""
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1)


def random_pairs(blocks: list[Tensor], count: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Some priors with two pairs of different labels."""
    batch, priors, classes = in_prior_order(blocks).shape
    generator = torch.Generator().manual_seed(1)
    cells = torch.randperm(batch * priors * classes, generator=generator)[:count]
    point, label = cells // classes, cells % classes
    return point // priors, point % priors, label, torch.rand(count, generator=generator)


def dense_loss(blocks: list[Tensor], pairs: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
    logits = in_prior_order(blocks)
    image, prior, label, quality = pairs
    soft = torch.zeros_like(logits)
    soft[image, prior, label] = quality.to(soft.dtype)
    return binary_cross_entropy_with_logits(logits, soft, reduction="none").sum(dim=2)


def weights_like(loss: Tensor) -> Tensor:
    return torch.rand(loss.shape, generator=torch.Generator().manual_seed(2)).to(loss.dtype)


def test_worked_by_hand() -> None:
    """One prior, logits 0 and ln 3, soft label ½ at the second: ln 2 + ln 4 − ½ · ln 3."""
    block = torch.tensor([0.0, math.log(3)])[None, None, :, None, None]
    at = torch.zeros(1, dtype=torch.int64)
    loss = BinaryCrossEntropy()((block,), at, at, at + 1, torch.tensor([0.5]))
    assert loss.tolist() == [[pytest.approx(math.log(2) + math.log(4) - math.log(3) / 2)]]


@both_kinds
@pytest.mark.parametrize("count", [0, 1, 40])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("limit", [0, 1 << 25], ids=["level by level", "in one piece"])
def test_equals_the_dense_loss_and_its_gradient(
    shapes: list[tuple[int, ...]],
    count: int,
    dtype: torch.dtype,
    tolerance: float,
    limit: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sparse_cross_entropy, "_BYTES_IN_ONE_PIECE", limit)
    blocks = random_blocks(shapes, dtype)
    pairs = random_pairs(blocks, count)
    loss, wanted = BinaryCrossEntropy()(tuple(blocks), *pairs), dense_loss(blocks, pairs)
    torch.testing.assert_close(loss, wanted, rtol=tolerance, atol=tolerance)
    weight = weights_like(loss)
    found = torch.autograd.grad((loss * weight).sum(), blocks)
    expected = torch.autograd.grad((wanted * weight).sum(), blocks)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


def test_two_pairs_at_one_prior_with_different_labels() -> None:
    blocks = random_blocks([(1, 1, 3, 1, 1)])
    at = torch.zeros(2, dtype=torch.int64)
    pairs = (at, at, torch.tensor([0, 2]), torch.tensor([0.25, 1.0]))
    torch.testing.assert_close(BinaryCrossEntropy()(tuple(blocks), *pairs), dense_loss(blocks, pairs))


@both_kinds
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.bfloat16, 1e-2), (torch.float16, 1e-3)])
def test_half_logits_give_a_float32_loss_and_half_gradients(
    shapes: list[tuple[int, ...]], dtype: torch.dtype, tolerance: float
) -> None:
    blocks = random_blocks(shapes, dtype)
    wide = [block.detach().float().requires_grad_() for block in blocks]
    pairs = random_pairs(blocks, 40)
    loss, wanted = BinaryCrossEntropy()(tuple(blocks), *pairs), dense_loss(wide, pairs)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, wanted, rtol=1e-5, atol=1e-5)
    found = torch.autograd.grad(loss.sum(), blocks)
    expected = torch.autograd.grad(wanted.sum(), wide)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == dtype
        torch.testing.assert_close(ours.float(), theirs, rtol=tolerance, atol=tolerance)


@both_kinds
def test_memory_order_of_the_logits_does_not_matter(shapes: list[tuple[int, ...]]) -> None:
    """A head in channels-last memory, and dense arrays of a foreign network, seen as blocks."""
    blocks = random_blocks(shapes)
    pairs = random_pairs(blocks, 40)
    wanted = BinaryCrossEntropy()(tuple(blocks), *pairs)
    gradients = torch.autograd.grad(wanted.sum(), blocks)
    for order in ((0, 3, 4, 1, 2), (0, 1, 3, 4, 2), (4, 3, 2, 1, 0)):
        back = [order.index(axis) for axis in range(5)]
        turned = [block.detach().permute(order).contiguous().permute(back).requires_grad_() for block in blocks]
        loss = BinaryCrossEntropy()(tuple(turned), *pairs)
        torch.testing.assert_close(loss, wanted)
        for ours, theirs in zip(torch.autograd.grad(loss.sum(), turned), gradients, strict=True):
            torch.testing.assert_close(ours, theirs)


def test_expanded_logits_collect_the_whole_gradient() -> None:
    """A constant head shares one number among all cells."""
    number = torch.tensor(0.3, requires_grad=True)
    image, prior = torch.zeros(2, dtype=torch.int64), torch.tensor([1, 2])
    block = number.expand(1, 1, 2, 2, 2)
    BinaryCrossEntropy()((block,), image, prior, image, torch.tensor([1.0, 0.5])).sum().backward()
    assert number.grad is not None
    assert number.grad.item() == pytest.approx(8 / (1 + math.exp(-0.3)) - 1.5)


@pytest.mark.parametrize("shapes", [[(1, 2, 3, 1, 2), (1, 1, 3, 1, 1)]])
def test_gradients_are_right_over_levels(shapes: list[tuple[int, ...]]) -> None:
    blocks = random_blocks(shapes, torch.float64)
    pairs = random_pairs(blocks, 6)
    assert torch.autograd.gradcheck(lambda *levels: BinaryCrossEntropy()(levels, *pairs), tuple(blocks))


def test_the_order_of_pairs_does_not_matter() -> None:
    blocks = random_blocks(SHAPES)
    pairs = random_pairs(blocks, 40)
    turned = tuple(column.flip(0) for column in pairs)
    torch.testing.assert_close(
        BinaryCrossEntropy()(tuple(blocks), *pairs), BinaryCrossEntropy()(tuple(blocks), *turned)
    )


def test_quality_is_not_differentiated() -> None:
    blocks = random_blocks(SHAPES)
    image, prior, label, quality = random_pairs(blocks, 5)
    quality.requires_grad_()
    BinaryCrossEntropy()(tuple(blocks), image, prior, label, quality).sum().backward()
    assert quality.grad is None
