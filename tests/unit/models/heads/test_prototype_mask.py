import pytest
import torch

from boxwright.models.heads import PrototypeMaskHead


def test_prototypes_have_twice_the_resolution_of_the_finest_level() -> None:
    head = PrototypeMaskHead((64, 128, 256), 64, num_prototypes=8)
    features = tuple(torch.rand(2, width, side, side + 1) for width, side in ((64, 8), (128, 4), (256, 2)))
    masks = head(features)
    assert masks.prototypes.shape == (2, 8, 16, 18)
    assert [tuple(block.shape) for block in masks.coefficients] == [(2, 1, 8, 8, 9), (2, 1, 8, 4, 5), (2, 1, 8, 2, 3)]


@pytest.mark.parametrize(
    ("finest", "num_prototypes", "hidden"), [(64, 32, 32), (192, 32, 48), (320, 32, 80), (64, 4, 16)]
)
def test_widths_of_the_coefficient_branches(finest: int, num_prototypes: int, hidden: int) -> None:
    head = PrototypeMaskHead((finest, 256), 16, num_prototypes=num_prototypes)
    for branch in head.coefficient_branches:
        assert branch[1].conv.weight.shape[:2] == (hidden, hidden)
        assert branch[2].weight.shape[0] == num_prototypes


def test_every_convolution_of_the_prototypes_but_the_transposed_one_is_activated() -> None:
    """A trap: prototypes pass through SiLU, and so are above its minimum."""
    head = PrototypeMaskHead((16,), 8).eval()
    with torch.no_grad():
        head.prototypes[-1].norm.bias.fill_(-1.3)
        lowest = float(head((torch.randn(1, 16, 8, 8) * 30,)).prototypes.min())
    assert -0.2785 < lowest < 0
