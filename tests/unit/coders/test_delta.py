import math

import pytest
import torch
from torch import Tensor

from boxwright.coders import DeltaCoder
from boxwright.errors import ConfigError
from tests.contracts.coder_laws import CoderLaws

PRIOR = torch.tensor([[20.0, 12.0, 10.0, 30.0, 8.0]])


class DeltaLaws(CoderLaws):
    code_size = 4

    def reachable(self, priors: Tensor, generator: torch.Generator) -> Tensor:
        """Any centre, sizes between 1/50 of the prior's and 50 times those."""
        share, scale = (torch.rand(len(priors), 2, generator=generator).to(priors.dtype) for _ in range(2))
        centre = priors[:, :2] + (share - 0.5) * 400
        half = priors[:, 2:4] * 50 ** (2 * scale - 1) / 2
        return torch.cat((centre - half, centre + half), dim=1)


class TestDelta(DeltaLaws):
    def make(self) -> DeltaCoder:
        return DeltaCoder()


class TestUpperClampWithStdsAndMeans(DeltaLaws):
    def make(self) -> DeltaCoder:
        return DeltaCoder((0.1, -0.2, 0.3, 0.0), (0.1, 0.1, 0.2, 0.2), clamp="upper")


def test_worked_by_hand() -> None:
    """Half a width right, a tenth of a height down, twice as wide, half as tall."""
    code = torch.tensor([[0.5, 0.1, math.log(2), -math.log(2)]])
    box = DeltaCoder().decode(codes=code, priors=PRIOR)
    assert box.tolist() == [pytest.approx([25 - 10, 15 - 7.5, 25 + 10, 15 + 7.5])]
    torch.testing.assert_close(DeltaCoder().encode(boxes=box, priors=PRIOR), code)
    ssd = DeltaCoder(stds=(0.1, 0.1, 0.2, 0.2)).encode(boxes=box, priors=PRIOR)
    torch.testing.assert_close(ssd, code * torch.tensor([10.0, 10.0, 5.0, 5.0]))


@pytest.mark.parametrize(("clamp", "smallest"), [("both", 10 / 62.5), ("upper", 0.0)])
def test_the_clamp_is_on_both_sides_or_the_upper_only(clamp: str, smallest: float) -> None:
    codes = torch.tensor([[0.0, 0.0, 60.0, -60.0]])
    box = DeltaCoder(clamp=clamp).decode(codes=codes, priors=PRIOR[:, [0, 1, 2, 2, 4]])
    assert (box[0, 2] - box[0, 0]).item() == pytest.approx(625)
    assert (box[0, 3] - box[0, 1]).item() == pytest.approx(smallest, abs=1e-6)


def test_the_clamp_holds_for_ratios_not_for_codes() -> None:
    """A std of 0.2 lets codes go five times as far before the ratio is cut."""
    coder = DeltaCoder(stds=(0.1, 0.1, 0.2, 0.2))
    limit = math.log(1000 / 16) / 0.2
    codes = torch.tensor([[0.0, 0.0, limit - 1, 0.0], [0.0, 0.0, limit + 1, 0.0]], requires_grad=True)
    boxes = coder.decode(codes=codes, priors=PRIOR.expand(2, 5))
    widths = boxes[:, 2] - boxes[:, 0]
    assert widths.tolist() == [pytest.approx(625 * math.exp(-0.2), rel=1e-4), pytest.approx(625, rel=1e-4)]
    widths.sum().backward()
    assert codes.grad is not None
    assert codes.grad[0, 2] > 0
    assert codes.grad[1, 2] == 0


def test_encoding_is_not_clamped_but_finite_without_area() -> None:
    wide = torch.tensor([[0.0, 0.0, 1000.0, 12.0]])
    assert DeltaCoder().encode(boxes=wide, priors=PRIOR)[0, 2].item() == pytest.approx(math.log(100))
    point = torch.tensor([[20.0, 12.0, 20.0, 12.0]])
    assert DeltaCoder().encode(boxes=point, priors=PRIOR).tolist() == [pytest.approx([0, 0, *[math.log(1e-6)] * 2])]


def test_without_clamp_any_ratio_is_decoded() -> None:
    codes = torch.tensor([[0.0, 0.0, 8.0, 0.0]])
    box = DeltaCoder(size_ratio_clamp=math.inf).decode(codes=codes, priors=PRIOR)
    assert (box[0, 2] - box[0, 0]).item() == pytest.approx(10 * math.exp(8))


def test_fields_are_checked() -> None:
    with pytest.raises(ConfigError, match="stds must be above 0"):
        DeltaCoder(stds=(1.0, 1.0, 0.0, 1.0))
    with pytest.raises(ConfigError, match="size_ratio_clamp must be above 1; found 1"):
        DeltaCoder(size_ratio_clamp=1.0)
    with pytest.raises(ConfigError, match="Did you mean 'upper'"):
        DeltaCoder(clamp="uper")


@pytest.mark.parametrize(("clamp", "wanted"), [("both", [True, False, False]), ("upper", [True, False, True])])
def test_reach_ends_at_the_clamp(clamp: str, wanted: list[bool]) -> None:
    """Sides of 1, 5 and ⅕ times the prior's width, with ratios clamped at 4."""
    boxes = torch.tensor([[15.0, 0, 25, 30], [0.0, 0, 50, 30], [19.0, 0, 21, 30]])
    coder = DeltaCoder(size_ratio_clamp=4.0, clamp=clamp)
    assert coder.reaches(boxes=boxes, priors=PRIOR.expand(3, 5)).tolist() == wanted
