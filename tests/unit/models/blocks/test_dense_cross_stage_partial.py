import pytest
import torch

from boxwright.models.blocks import DenseCrossStagePartial


@pytest.mark.parametrize("depth", [1, 3])
def test_every_intermediate_result_is_merged(depth: int) -> None:
    block = DenseCrossStagePartial(6, 8, depth, shortcut=True)
    assert block.merge.conv.weight.shape == (8, (2 + depth) * 4, 1, 1)
    assert block(torch.rand(2, 6, 4, 5)).shape == (2, 8, 4, 5)


def test_it_is_split_chain_and_merge() -> None:
    block = DenseCrossStagePartial(6, 8, 2, shortcut=False).eval()
    features = torch.rand(1, 6, 4, 4)
    both = block.split(features)
    first = block.bottlenecks[0](both[:, 4:])
    second = block.bottlenecks[1](first)
    expected = block.merge(torch.cat([both, first, second], dim=1))
    assert torch.equal(block(features), expected)


@pytest.mark.parametrize("shortcut", [True, False])
def test_the_shortcut_reaches_every_bottleneck(shortcut: bool) -> None:
    block = DenseCrossStagePartial(4, 4, 3, shortcut=shortcut)
    assert [bottleneck.shortcut for bottleneck in block.bottlenecks] == [shortcut] * 3
