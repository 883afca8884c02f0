import pytest
import torch
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.prior_generators import PointGrid
from boxwright.structures.level_check import check_blocks, check_levels

PRIORS = PointGrid((8, 16))((32, 48))


def blocks(values: int = 3, batch: int = 2, per_cell: int = 1) -> tuple[Tensor, ...]:
    return tuple(torch.zeros(batch, per_cell, values, grid.height, grid.width) for grid in PRIORS.grids)


def test_equal_levels_pass_whatever_their_values() -> None:
    check_blocks({"class_logits": blocks(), "box_codes": blocks(64), "objectness": blocks(1)})
    check_levels(blocks(), PRIORS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (blocks()[::-1], "Level 0 of box_codes"),
        (tuple(block.mT for block in blocks()), "Level 0 of box_codes"),
        (blocks(batch=4), r"\(4, 1, 4, 6\)"),
        (blocks(per_cell=3), r"\(2, 3, 4, 6\)"),
        (blocks()[:1], "box_codes has 1 level, class_logits has 2"),
        ((), "box_codes needs a block"),
        (tuple(block[0] for block in blocks()), "box_codes needs a block"),
        ((blocks()[0], blocks(4)[1]), "Level 1 of box_codes has 2 images and 4 values"),
        ((blocks()[0], blocks(batch=3)[1]), "Level 1 of box_codes"),
    ],
)
def test_what_does_not_belong_together_is_an_error(wrong: tuple[Tensor, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        check_blocks({"class_logits": blocks(), "box_codes": wrong})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (blocks()[::-1], "from the finest to the coarsest"),
        (tuple(block.mT for block in blocks()), r"\[\(6, 4, 1\), \(3, 2, 1\)\].*\[\(4, 6, 1\), \(2, 3, 1\)\]"),
        (blocks()[:1], "have 24 priors, the canvas .* has 30. Build the priors"),
        (blocks(per_cell=2), "have 60 priors, the canvas .* has 30. Build the priors"),
    ],
)
def test_levels_of_other_priors_are_an_error(wrong: tuple[Tensor, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        check_levels(wrong, PRIORS)
