import math

import pytest
import torch
from torch import Tensor

from boxwright.coders import DistributionCoder
from boxwright.errors import ConfigError
from tests.contracts.coder_laws import CoderLaws


class TestDistribution(CoderLaws):
    code_size = 64

    def make(self) -> DistributionCoder:
        return DistributionCoder()

    def reachable(self, priors: Tensor, generator: torch.Generator) -> Tensor:
        """Sides from 0 to 14.99 strides away."""
        distances = torch.rand(len(priors), 4, generator=generator).to(priors.dtype) * 14.99
        centre, size = priors[:, :2], priors[:, 2:4]
        return torch.cat((centre - distances[:, :2] * size, centre + distances[:, 2:] * size), dim=1)

    def codes_for(self, encoded: Tensor) -> Tensor:
        return two_bins(encoded, 16)


def two_bins(distances: Tensor, bins: int) -> Tensor:
    """Gives logits of the distribution over the two bins next to each distance."""
    lower = distances.floor()
    share = distances - lower
    scores = distances.new_zeros(*distances.shape, bins)
    scores.scatter_(2, lower.long().unsqueeze(2), (1 - share).unsqueeze(2))
    scores.scatter_add_(2, (lower.long() + 1).clamp(max=bins - 1).unsqueeze(2), share.unsqueeze(2))
    return scores.clamp(min=1e-30).log().flatten(1)


def test_worked_by_hand() -> None:
    """Scores ¼ and ¾ of bins 0 and 1 give 0.75; certainty of bin 2 gives 2; three equal bins give 1."""
    left = [math.log(1), math.log(3), -1e9]
    top = [-1e9, -1e9, 0.0]
    even = [0.0, 0.0, 0.0]
    codes = torch.tensor([left + top + even + even])
    box = DistributionCoder(3).decode(codes=codes, priors=torch.tensor([[20.0, 12.0, 8.0, 8.0]]))
    assert box.tolist() == [pytest.approx([20 - 6, 12 - 16, 20 + 8, 12 + 8])]


def test_outside_the_range_distances_end_a_hundredth_before_the_last_bin_or_at_zero() -> None:
    prior = torch.tensor([[0.0, 0.0, 8.0, 8.0]])
    encoded = DistributionCoder(16).encode(boxes=torch.tensor([[8.0, -1000.0, 1000.0, -8.0]]), priors=prior)
    assert encoded.tolist() == [pytest.approx([0.0, 14.99, 14.99, 0.0])]


def test_decoded_sides_never_pass_the_last_bin_or_the_point() -> None:
    prior = torch.tensor([[0.0, 0.0, 8.0, 8.0]]).expand(100, 4)
    codes = 50 * torch.randn(100, 64, generator=torch.Generator().manual_seed(0))
    distances = DistributionCoder().decode(codes=codes, priors=prior).abs() / 8
    assert ((distances >= 0) & (distances <= 15)).all()


def test_reach_ends_at_the_last_bin() -> None:
    prior = torch.tensor([[0.0, 0.0, 8.0, 8.0]]).expand(3, 4)
    boxes = torch.tensor([[-120.0, -8, 8, 8], [-121.0, -8, 8, 8], [-8.0, -8, 8, 121]])
    assert DistributionCoder(16).reaches(boxes=boxes, priors=prior).tolist() == [True, False, False]


def test_code_size_counts_four_sides() -> None:
    assert DistributionCoder(16).code_size == 64
    assert DistributionCoder(3).code_size == 12


@pytest.mark.parametrize(
    "options",
    [{"num_bins": 0}, {"num_bins": 1}, {"margin": -0.1}, {"num_bins": 2, "margin": 1.0}, {"margin": float("nan")}],
)
def test_bins_that_leave_no_distance_are_an_error(options: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="at least 2 bins"):
        DistributionCoder(**options)  # type: ignore[arg-type]
