import math

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.prior_generators import DEFAULT_BOXES, DefaultBoxes, crossed_sizes, paired_sizes
from tests.contracts.prior_generator_laws import PriorGeneratorLaws


class TestPaired(PriorGeneratorLaws):
    def make(self) -> DefaultBoxes:
        return DefaultBoxes(paired_sizes((0.1, 0.4, 0.9), ((2.0,), (2.0, 3.0))), (8, 16))


class TestCrossed(PriorGeneratorLaws):
    def make(self) -> DefaultBoxes:
        return DEFAULT_BOXES["ssd_tiny"]


def test_published_detectors_have_441_and_8732_boxes() -> None:
    assert len(DEFAULT_BOXES["ssd_tiny"]((224, 224))) == 441
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    assert len(priors) == 8732
    assert [(grid.height, grid.width, grid.priors_per_cell) for grid in priors.grids] == [
        (38, 38, 4),
        (19, 19, 6),
        (10, 10, 6),
        (5, 5, 6),
        (3, 3, 4),
        (1, 1, 4),
    ]


def test_paired_sizes_are_two_squares_then_a_wide_and_a_tall_box_per_ratio() -> None:
    (level,) = paired_sizes((0.2, 0.8), ((4.0, 9.0),))
    wanted = [(0.2, 0.2), (0.4, 0.4), (0.4, 0.1), (0.1, 0.4), (0.6, 0.2 / 3), (0.2 / 3, 0.6)]
    assert [size for pair in level for size in pair] == pytest.approx([size for pair in wanted for size in pair])


def test_crossed_sizes_run_through_the_ratios_inside_a_scale() -> None:
    sizes = crossed_sizes((0.2, 0.4), (1.0, 4.0))
    assert [size for pair in sizes for size in pair] == pytest.approx([0.2, 0.2, 0.4, 0.1, 0.4, 0.4, 0.8, 0.2])


def test_sizes_are_shares_of_width_and_height() -> None:
    """One cell of a canvas of 40 × 80."""
    priors = DefaultBoxes((((0.5, 0.25),),), (80,))((40, 80))
    assert priors.boxes.tolist() == [[40.0, 40.0, 40.0, 10.0]]


@pytest.mark.parametrize(("clip", "width"), [(True, 64.0), (False, 96.0)])
def test_clipping_makes_no_box_larger_than_the_canvas(clip: bool, width: float) -> None:
    priors = DefaultBoxes((((1.5, 0.5),),), (64,), clip=clip)((64, 64))
    assert priors.boxes.tolist() == [[32.0, 32.0, width, 32.0]]


def test_the_last_square_of_ssd300_is_clipped_by_nothing_but_the_canvas() -> None:
    last = DEFAULT_BOXES["ssd300"]((300, 300)).boxes[-4:]
    wide = 300 * min(0.87 * math.sqrt(2), 1)
    torch.testing.assert_close(last[:, 2], torch.tensor([261.0, 300 * math.sqrt(0.87 * 1.05), wide, 261 / 2**0.5]))


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ConfigError, match="For 1 level give 2 scales"):
        paired_sizes((0.1,), ((2.0,),))
    with pytest.raises(ConfigError, match="Sizes are given for 1 level, strides for 2"):
        DefaultBoxes((((0.1, 0.1),),), (8, 16))
    with pytest.raises(ConfigError, match=r"The default boxes of level 1 are \(\)"):
        DefaultBoxes((((0.1, 0.1),), ()), (8, 16))
    with pytest.raises(ConfigError, match="The default boxes of level 0"):
        DefaultBoxes((((0.1, 0.0),),), (8,))
