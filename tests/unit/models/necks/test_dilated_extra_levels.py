import pytest
import torch
from torch import nn

from boxwright.models.necks import DilatedExtraLevels


@pytest.mark.parametrize("has_norms", [True, False])
def test_six_levels_of_38_to_1_cells(has_norms: bool) -> None:
    with torch.device("meta"):
        neck = DilatedExtraLevels(has_norms=has_norms)
        levels = neck((torch.zeros(1, 512, 38, 38), torch.zeros(1, 512, 19, 19)))
    assert [level.shape[2] for level in levels] == [38, 19, 10, 5, 3, 1]
    assert tuple(level.shape[1] for level in levels) == neck.channels == (512, 1024, 512, 256, 256, 256)
    assert any(isinstance(module, nn.GroupNorm) for module in neck.modules()) == has_norms


def test_every_cell_of_the_first_level_has_length_20_at_first() -> None:
    neck = DilatedExtraLevels((6, 8))
    first = neck((torch.rand(1, 6, 12, 12), torch.rand(1, 8, 19, 19)))[0]
    assert torch.allclose(first.norm(dim=1), torch.tensor(20.0))
    neck.scale.data[0] = 0.0
    assert not neck((torch.rand(1, 6, 12, 12), torch.rand(1, 8, 19, 19)))[0][:, 0].any()


def test_a_cell_of_zeros_is_no_nan() -> None:
    levels = DilatedExtraLevels((6, 8))((torch.zeros(1, 6, 12, 12), torch.zeros(1, 8, 19, 19)))
    assert all(bool(level.isfinite().all()) for level in levels)


@pytest.mark.parametrize("has_norms", [True, False])
def test_one_image_alone_can_be_trained_on(has_norms: bool) -> None:
    """The last batch of an epoch may hold one image, whose last level has one cell."""
    neck = DilatedExtraLevels((6, 8), has_norms=has_norms).train()
    levels = neck((torch.rand(1, 6, 38, 38), torch.rand(1, 8, 19, 19)))
    torch.stack([level.square().sum() for level in levels]).sum().backward()
    assert all(bool(value.grad.isfinite().all()) for value in neck.parameters())
