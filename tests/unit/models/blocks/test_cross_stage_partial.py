import pytest
import torch

from boxwright.models.blocks import CrossStagePartial


def test_it_merges_what_went_through_and_what_went_past() -> None:
    block = CrossStagePartial(6, 8, 2, shortcut=False).eval()
    features = torch.rand(1, 6, 4, 5)
    refined = block.bottlenecks[1](block.bottlenecks[0](block.through(features)))
    expected = block.merge(torch.cat([refined, block.past(features)], dim=1))
    assert torch.equal(block(features), expected)
    assert expected.shape == (1, 8, 4, 5)


def test_bottlenecks_are_one_by_one_then_three_by_three_at_full_width() -> None:
    bottleneck = CrossStagePartial(6, 8, 1, shortcut=True).bottlenecks[0]
    assert bottleneck.first.conv.weight.shape == (4, 4, 1, 1)
    assert bottleneck.second.conv.weight.shape == (4, 4, 3, 3)


@pytest.mark.parametrize("shortcut", [True, False])
def test_the_shortcut_reaches_every_bottleneck(shortcut: bool) -> None:
    block = CrossStagePartial(4, 4, 3, shortcut=shortcut)
    assert [bottleneck.shortcut for bottleneck in block.bottlenecks] == [shortcut] * 3
