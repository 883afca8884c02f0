import pytest
import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.losses import AgainstBackground, FocalLoss, PriorFocalLoss
from tests.contracts.loss_laws import LossLaws
from tests.contracts.recorded_tensors import RecordedTensors
from tests.unit.losses.test_binary_cross_entropy import SHAPES, SHAPES_WITH_ANCHORS, random_pairs
from tests.unit.losses.test_binary_cross_entropy import random_blocks as blocks_of

both_kinds = pytest.mark.parametrize("shapes", [SHAPES, SHAPES_WITH_ANCHORS])


class PriorFocalLaws(LossLaws):
    """One level with one row of cells; every third prior has a pair."""

    gamma = 2.0

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        return 3 * torch.randn(rows, 4, generator=generator)

    def evaluate(self, values: Tensor) -> Tensor:
        prior = torch.arange(0, len(values), 3)
        block = values.t()[None, None, :, None]
        quality = 1 - (prior % 5).to(torch.float32) / 4
        return PriorFocalLoss(self.gamma)((block,), prior * 0, prior, prior % 4, quality).squeeze(0)

    def extreme(self) -> list[Tensor]:
        return [torch.full((7, 4), value) for value in (-1e4, -100.0, 0.0, 100.0, 1e4)]


class TestPriorFocal(PriorFocalLaws):
    """The published exponent."""


class TestOtherExponent(PriorFocalLaws):
    gamma = 1.5


class TestWithoutFocus(PriorFocalLaws):
    gamma = 0.0


@both_kinds
@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (1.5, 0.6), (0.0, 0.5)])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_equals_the_dense_loss_and_its_gradient(
    shapes: list[tuple[int, ...]], gamma: float, alpha: float, count: int
) -> None:
    blocks = blocks_of(shapes, torch.float64)
    pairs = random_pairs(blocks, count)
    found = PriorFocalLoss(gamma, alpha)(tuple(blocks), *pairs)
    wanted = AgainstBackground(FocalLoss(gamma, alpha))(tuple(blocks), *pairs)
    torch.testing.assert_close(found, wanted)
    weight = torch.rand(found.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    ours = torch.autograd.grad((found * weight).sum(), blocks)
    theirs = torch.autograd.grad((wanted * weight).sum(), blocks)
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_pieces_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for logits that lie class by class, as a dense head lays them out."""
    blocks = [block.detach() for block in blocks_of(SHAPES_WITH_ANCHORS, torch.float64)]
    blocks += [block.permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2) for block in blocks]
    pairs = random_pairs(blocks, 40)
    results = []
    for limit in (1, 30, 200, 1 << 20):
        monkeypatch.setattr("boxwright.kernels.sparse_focal._LOGITS_AT_ONCE", {"cpu": limit})
        leaves = [block.clone().requires_grad_() for block in blocks]
        value = PriorFocalLoss()(tuple(leaves), *pairs)
        results.append((value.detach(), torch.autograd.grad(value.square().sum(), leaves)))
    for value, gradients in results[1:]:
        torch.testing.assert_close(value, results[0][0])
        for one, other in zip(gradients, results[0][1], strict=True):
            torch.testing.assert_close(one, other)


def test_a_second_backward_pass_gives_the_same_gradient() -> None:
    blocks = blocks_of(SHAPES_WITH_ANCHORS)
    value = PriorFocalLoss()(tuple(blocks), *random_pairs(blocks, 40)).sum()
    first = torch.autograd.grad(value, blocks, retain_graph=True)
    kept = [gradient.clone() for gradient in first]
    second = torch.autograd.grad(3 * value, blocks)
    for one, other in zip(kept, second, strict=True):
        torch.testing.assert_close(3 * one, other)


@pytest.mark.usefixtures("sparse_kernels")
def test_without_gradients_nothing_of_the_size_of_the_logits_is_kept() -> None:
    (block,) = blocks_of([(2, 3, 40, 32, 32)])
    pairs = random_pairs([block], 20)
    with torch.no_grad(), RecordedTensors() as untracked:
        PriorFocalLoss()((block.detach(),), *pairs)
    assert not untracked.at_least(block.numel())
    with RecordedTensors() as tracked:
        PriorFocalLoss()((block,), *pairs)
    assert [tensor.operation for tensor in tracked.at_least(block.numel())] == ["aten.new_empty.default"]


def test_ranges_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"gamma must be 0 or at least 1; found 0\.5"):
        PriorFocalLoss(0.5)
