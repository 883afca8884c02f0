import pytest
import torch
from torch import nn

from boxwright.models.heads import TowersHead


def features_of(batch: int, width: int = 32) -> tuple[torch.Tensor, ...]:
    return tuple(torch.rand(batch, width, side, side + 1) for side in (5, 3, 1))


@pytest.mark.parametrize("has_norms", [True, False])
def test_level_blocks_have_every_anchor_of_every_cell(has_norms: bool) -> None:
    predictions = TowersHead(32, 5, 9, has_norms=has_norms)(features_of(2))
    assert [tuple(block.shape) for block in predictions.class_logits] == [
        (2, 9, 5, side, side + 1) for side in (5, 3, 1)
    ]
    assert [tuple(block.shape) for block in predictions.box_codes] == [(2, 9, 4, side, side + 1) for side in (5, 3, 1)]
    assert not predictions.further
    assert not predictions.has_background


def test_every_score_starts_at_the_prior_probability() -> None:
    head = TowersHead(256, 3, prior_probability=0.01)
    scores = torch.cat([block.sigmoid().flatten() for block in head(features_of(1, 256)).class_logits])
    assert torch.allclose(scores, torch.tensor(0.01), atol=1e-3)
    assert float(head.class_predictor.bias.detach()[0]) == pytest.approx(-4.595, abs=1e-3)


def test_weights_start_with_a_deviation_of_a_hundredth_and_biases_at_zero() -> None:
    torch.manual_seed(0)
    head = TowersHead(64, 3)
    for name, module in head.named_modules():
        if isinstance(module, nn.Conv2d):
            assert float(module.weight.detach().std()) == pytest.approx(0.01, rel=0.03), name
            assert name == "class_predictor" or not module.bias.any()


def test_levels_share_their_weights() -> None:
    head, (level, *_) = TowersHead(32, 2), features_of(1)
    first, second = head((level, level)).class_logits
    assert torch.equal(first, second)


@pytest.mark.parametrize("depth", [0, 2])
def test_the_depth_of_the_towers(depth: int) -> None:
    head = TowersHead(32, 2, depth=depth)
    assert sum(isinstance(module, nn.Conv2d) for module in head.modules()) == 2 * depth + 2
