import pytest
import torch

from boxwright.models.necks import ReducingPathAggregation


def levels(channels: tuple[int, ...], finest: tuple[int, int]) -> tuple[torch.Tensor, ...]:
    return tuple(torch.rand(1, width, finest[0] >> level, finest[1] >> level) for level, width in enumerate(channels))


@pytest.mark.parametrize("channels", [(8, 16), (8, 16, 32), (8, 16, 32, 32)])
def test_shapes_are_kept_for_any_number_of_levels(channels: tuple[int, ...]) -> None:
    features = levels(channels, (16, 24))
    found = ReducingPathAggregation(channels, depth=1)(features)
    assert [level.shape for level in found] == [level.shape for level in features]


def test_every_level_sees_every_other() -> None:
    neck = ReducingPathAggregation((4, 8, 16), depth=1).eval()
    features = tuple(level.requires_grad_() for level in levels((4, 8, 16), (8, 8)))
    for found in neck(features):
        gradients = torch.autograd.grad(found.square().sum(), features, retain_graph=True)
        assert all(bool(gradient.abs().sum() > 0) for gradient in gradients)


def test_three_levels_worked_step_by_step() -> None:
    neck = ReducingPathAggregation((4, 8, 16), depth=1).eval()
    fine, middle, coarse = levels((4, 8, 16), (8, 8))

    def enlarged(level: torch.Tensor) -> torch.Tensor:
        return level.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)

    narrow_coarse = neck.reduce[0](coarse)
    down_middle = neck.top_down[0](torch.cat([enlarged(narrow_coarse), middle], dim=1))
    narrow_middle = neck.reduce[1](down_middle)
    down_fine = neck.top_down[1](torch.cat([enlarged(narrow_middle), fine], dim=1))
    up_middle = neck.bottom_up[0](torch.cat([neck.downsample[0](down_fine), narrow_middle], dim=1))
    up_coarse = neck.bottom_up[1](torch.cat([neck.downsample[1](up_middle), narrow_coarse], dim=1))
    for found, expected in zip(neck((fine, middle, coarse)), (down_fine, up_middle, up_coarse), strict=True):
        assert torch.equal(found, expected)


def test_neck_bottlenecks_have_no_shortcuts() -> None:
    neck = ReducingPathAggregation((4, 8, 16), depth=2)
    blocks = [*neck.top_down, *neck.bottom_up]
    assert [bottleneck.shortcut for block in blocks for bottleneck in block.bottlenecks] == [False] * 8
