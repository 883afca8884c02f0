import math

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.samplers import HardNegatives
from tests.contracts.assignments import assignment_of
from tests.contracts.sampler_laws import SamplerLaws, positives, random_assignment


class TestHardNegatives(SamplerLaws):
    def make(self) -> HardNegatives:
        return HardNegatives()


def sample(
    values: list[list[float]],
    pairs: list[tuple[int, int]],
    sampler: HardNegatives,
    ignored: list[list[int]] | None = None,
) -> list[list[int]]:
    """Gives the priors that count in each image; pairs are (image, prior)."""
    losses = torch.tensor(values)
    index = torch.tensor(pairs, dtype=torch.int64).view(-1, 2)
    mask = None if ignored is None else torch.tensor(ignored).bool()
    before = assignment_of(
        index[:, 0], index[:, 1], torch.arange(len(index)), torch.ones(len(index)), mask, size=tuple(losses.shape)
    )
    after = sampler(before, lambda: losses)
    return [(~row).nonzero().flatten().tolist() for row in after.ignored]


def test_keeps_the_negatives_of_largest_loss_of_each_image() -> None:
    values = [[9.0, 1.0, 3.0, 2.0, 5.0], [1.0, 8.0, 7.0, 6.0, 5.0]]
    assert sample(values, [(0, 0), (1, 4)], HardNegatives(2.0)) == [[0, 2, 4], [1, 2, 4]]


def test_an_image_is_ranked_on_its_own() -> None:
    """Image 1 has by far the larger losses, and takes none of image 0's share."""
    assert sample([[0.0, 0.1, 0.2], [5.0, 6.0, 7.0]], [(0, 0)], HardNegatives(1.0)) == [[0, 2], []]


def test_never_more_negatives_than_exist_and_no_positive_twice() -> None:
    assert sample([[9.0, 8.0, 1.0]], [(0, 0), (0, 1)], HardNegatives(3.0)) == [[0, 1, 2]]


def test_ignored_priors_are_no_negatives() -> None:
    assert sample([[0.0, 8.0, 1.0, 2.0]], [(0, 0)], HardNegatives(1.0), [[0, 1, 0, 0]]) == [[0, 3]]


def test_an_image_without_positives_may_keep_some() -> None:
    values = [[1.0, 3.0, 2.0], [9.0, 1.0, 2.0]]
    assert sample(values, [(1, 0)], HardNegatives(1.0)) == [[], [0, 2]]
    assert sample(values, [(1, 0)], HardNegatives(1.0, without_positives=2)) == [[1, 2], [0, 2]]
    assert sample(values, [(1, 0)], HardNegatives(1.0, without_positives=99)) == [[0, 1, 2], [0, 2]]


def test_equal_losses_go_by_prior() -> None:
    values = [[1.0] * 9 + [2.0, float("inf"), 0.0, -0.0, -1.0]]
    assert sample(values, [(0, 4)], HardNegatives(4.0)) == [[0, 1, 4, 9, 10]]
    assert sample([[0.0, -0.0, -2.0, -1.0, 0.0]], [(0, 4)], HardNegatives(1.0)) == [[0, 4]]
    assert sample([[0.0, -3.0, -2.0, -1.0]], [(0, 0)], HardNegatives(2.0)) == [[0, 2, 3]]


def test_a_part_of_a_negative_counts_as_one() -> None:
    assert sample([[0.0, 1.0, 2.0, 3.0]], [(0, 0)], HardNegatives(1.5)) == [[0, 2, 3]]
    assert sample([[0.0, 1.0, 2.0, 3.0]], [(0, 0)], HardNegatives(0.0)) == [[0]]


def test_every_positive_is_kept() -> None:
    before = random_assignment()
    after = HardNegatives()(before, lambda: torch.rand(3, 40))
    assert torch.equal(positives(after), positives(before))


def test_needs_values_and_numbers_from_zero_on() -> None:
    with pytest.raises(ConfigError, match="called without prior_values"):
        HardNegatives()(random_assignment())
    with pytest.raises(ConfigError, match="ratio must be a finite number of at least 0; found -1"):
        HardNegatives(-1.0)
    with pytest.raises(ConfigError, match="without_positives must be a finite number of at least 0; found -2"):
        HardNegatives(without_positives=-2)


@pytest.mark.parametrize("name", ["ratio", "without_positives"])
@pytest.mark.parametrize("value", [-1, math.inf, math.nan])
def test_numbers_are_finite(name: str, value: float) -> None:
    with pytest.raises((ConfigError, TypeError), match=f"{name} must be a finite number|violates|Type-check"):
        HardNegatives(**{name: value})  # type: ignore[arg-type]
