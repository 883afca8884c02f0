import pytest
import torch
from torch import nn

from boxwright.models.heads import CentredTowersHead


def features_of(batch: int, width: int = 32) -> tuple[torch.Tensor, ...]:
    return tuple(torch.rand(batch, width, side, side + 1) for side in (5, 3, 1))


@pytest.mark.parametrize("has_norms", [True, False])
def test_level_blocks_have_one_point_per_cell(has_norms: bool) -> None:
    predictions = CentredTowersHead(32, 5, has_norms=has_norms)(features_of(2))
    columns = {"class": predictions.class_logits, "box": predictions.box_codes, **predictions.further}
    assert {name: [tuple(block.shape) for block in blocks] for name, blocks in columns.items()} == {
        name: [(2, 1, size, side, side + 1) for side in (5, 3, 1)]
        for name, size in (("class", 5), ("box", 4), ("centreness", 1))
    }


def test_distances_are_not_below_zero() -> None:
    head = CentredTowersHead(32, 2)
    nn.init.normal_(head.box_predictor.weight)
    codes = torch.cat([block.detach().flatten() for block in head(features_of(3)).box_codes])
    assert float(codes.min()) == 0.0 < float(codes.max())


def test_the_centreness_comes_from_the_tower_of_the_boxes() -> None:
    head = CentredTowersHead(32, 2, depth=1)
    head(features_of(1)).further["centreness"][0].sum().backward()
    assert all(value.grad is None for value in head.class_tower.parameters())
    assert all(value.grad is not None for value in head.box_tower.parameters())


def test_it_starts_as_published() -> None:
    torch.manual_seed(0)
    head = CentredTowersHead(64, 3)
    for name, module in head.named_modules():
        if isinstance(module, nn.Conv2d):
            rough = 0.15 if module.out_channels == 1 else 0.06
            assert float(module.weight.detach().std()) == pytest.approx(0.01, rel=rough), name
            assert module.bias is not None
            assert name == "class_predictor" or not module.bias.any()
    assert float(head.class_predictor.bias.detach()[0]) == pytest.approx(-4.595, abs=1e-3)


@pytest.mark.parametrize("depth", [0, 2])
def test_the_depth_of_the_towers(depth: int) -> None:
    head = CentredTowersHead(32, 2, depth=depth)
    assert sum(isinstance(module, nn.Conv2d) for module in head.modules()) == 2 * depth + 3
    assert list(head.class_layers()) == ["class_predictor"]
