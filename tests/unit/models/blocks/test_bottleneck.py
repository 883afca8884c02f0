import torch

from boxwright.models.blocks import Bottleneck


def test_the_shortcut_adds_the_input() -> None:
    block = Bottleneck(4, shortcut=True).eval()
    features = torch.rand(1, 4, 5, 5)
    refined = block.second(block.first(features))
    assert torch.equal(block(features), features + refined)
    block.shortcut = False
    assert torch.equal(block(features), refined)


def test_the_expansion_sets_the_width_between_the_convolutions() -> None:
    block = Bottleneck(8, (1, 3), expansion=0.5)
    assert block.first.conv.weight.shape == (4, 8, 1, 1)
    assert block.second.conv.weight.shape == (8, 4, 3, 3)
