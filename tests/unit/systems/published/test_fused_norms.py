import torch
from torch import nn

from boxwright.models.blocks import ConvNormAct
from boxwright.systems.published.fused_norms import with_norms


def test_norms_that_change_nothing_take_the_place_of_fused_ones() -> None:
    block = nn.ModuleDict({"stem": ConvNormAct(3, 4, 3)})
    bias = torch.randn(4)
    weight = torch.randn_like(block["stem"].conv.weight)
    found = with_norms(block, {"stem.conv.weight": weight, "stem.conv.bias": bias})
    assert set(found) == set(block.state_dict())
    block.load_state_dict(found)
    images = torch.randn(1, 3, 8, 8)
    expected = nn.functional.silu(nn.functional.conv2d(images, weight, bias, padding=1))
    torch.testing.assert_close(block.eval()["stem"](images), expected, rtol=1e-5, atol=1e-5)


def test_norms_that_are_there_stay() -> None:
    block = nn.ModuleDict({"stem": ConvNormAct(3, 4, 3)})
    state = block.state_dict()
    assert with_norms(block, state) == dict(state)


def test_what_has_no_bias_stays_as_it_is() -> None:
    block = nn.ModuleDict({"stem": ConvNormAct(3, 4, 3)})
    weight = {"stem.conv.weight": torch.zeros(4, 3, 3, 3)}
    assert with_norms(block, weight) == weight
