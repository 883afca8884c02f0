import math
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from boxwright.coders import SigmoidOffsetCoder
from boxwright.errors import ConfigError
from boxwright.prior_generators import AnchorGrid
from tests.contracts.coder_laws import CoderLaws

GRID = AnchorGrid((((10.0, 13.0), (33.0, 23.0)), ((62.0, 45.0),)), (8, 32))
PRIOR = torch.tensor([[20.0, 12.0, 10.0, 30.0, 8.0]])


class TestSigmoidOffset(CoderLaws):
    code_size = 4

    def make(self) -> SigmoidOffsetCoder:
        return SigmoidOffsetCoder()

    def priors(self, dtype: torch.dtype = torch.float64) -> Tensor:
        priors = GRID((64, 96))
        return priors.rows(torch.arange(len(priors))).to(dtype)

    def reachable(self, priors: Tensor, generator: torch.Generator) -> Tensor:
        """Centres less than a stride away, sizes up to 4 times the anchor's."""
        share, scale = (torch.rand(len(priors), 2, generator=generator).to(priors.dtype) for _ in range(2))
        centre = priors[:, :2] + (share * 1.99 - 0.995) * priors[:, 4:]
        half = (scale * 3.98 + 0.01) * priors[:, 2:4] / 2
        return torch.cat((centre - half, centre + half), dim=1)


def test_worked_by_hand() -> None:
    """σ = ¾ moves by half a stride and makes 2¼ of the size; σ = ½ changes nothing."""
    code = torch.tensor([[math.log(3), 0.0, math.log(3), 0.0]])
    box = SigmoidOffsetCoder().decode(codes=code, priors=PRIOR)
    assert box.tolist() == [pytest.approx([24 - 11.25, 12 - 15, 24 + 11.25, 12 + 15])]
    torch.testing.assert_close(SigmoidOffsetCoder().encode(boxes=box, priors=PRIOR), code)


class TestPublishedForm:
    """Published code counts from the corner of the cell, in strides: centre = 2σ − ½ + cell, size = (2σ)² · anchor."""

    anchor: ClassVar = torch.tensor([10.0, 13.0]) / 8

    def test_decoding_subtracts_the_half_cell_once(self) -> None:
        codes = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
        grid = AnchorGrid((((10.0, 13.0),),), (8,))((16, 24))
        decoded = SigmoidOffsetCoder().decode(codes=codes, priors=grid.rows(torch.arange(6))) / 8
        cell = torch.tensor([[column, row] for row in range(2) for column in range(3)])
        centre = 2 * codes[:, :2].sigmoid() - 0.5 + cell
        half = (2 * codes[:, 2:].sigmoid()) ** 2 * self.anchor / 2
        torch.testing.assert_close(decoded, torch.cat((centre - half, centre + half), dim=1), rtol=1e-5, atol=1e-5)

    def test_the_middle_of_the_range_is_the_prior_itself(self) -> None:
        box = SigmoidOffsetCoder().decode(codes=torch.zeros(1, 4), priors=PRIOR)
        assert box.tolist() == [[15.0, -3.0, 25.0, 27.0]]


def test_outside_the_range_encoding_ends_at_the_margin() -> None:
    far, low = math.log(0.99 / 0.01), math.log(0.01 / 0.99)
    boxes = torch.tensor([[1e4, 1e4, 1e6, 1e6], [-1e4, -1e4, -1e4, -1e4]])
    encoded = SigmoidOffsetCoder(0.01).encode(boxes=boxes, priors=PRIOR.expand(2, 5))
    assert encoded.tolist() == [pytest.approx([far] * 4, rel=1e-4), pytest.approx([low] * 4, rel=1e-4)]


def test_decoded_boxes_stay_within_a_stride_and_four_times_the_size() -> None:
    codes = 30 * torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    boxes = SigmoidOffsetCoder().decode(codes=codes, priors=PRIOR.expand(200, 5))
    centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    assert ((centre - PRIOR[:, :2]).abs() <= 8 + 1e-4).all()
    assert ((size >= 0) & (size <= 4 * PRIOR[:, 2:4] + 1e-4)).all()


@pytest.mark.parametrize("margin", [0.0, 0.5, -1.0])
def test_margin_is_checked(margin: float) -> None:
    with pytest.raises(ConfigError, match=f"margin must lie between 0 and 0.5; found {margin}"):
        SigmoidOffsetCoder(margin)


def test_reach_ends_one_stride_away_and_at_four_times_the_size() -> None:
    prior = torch.tensor([[20.0, 20.0, 10.0, 10.0, 8.0]]).expand(4, 5)
    boxes = torch.tensor([[23.0, 15, 33, 25], [24.0, 15, 34, 25], [0.0, 15, 40, 25], [-0.5, 15, 40.5, 25]])
    assert SigmoidOffsetCoder().reaches(boxes=boxes, priors=prior).tolist() == [True, False, True, False]
