import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.samplers import BalancedSampler
from boxwright.structures import Assignment
from tests.contracts.assignments import assignment_of
from tests.contracts.sampler_laws import BATCH, PRIORS, SamplerLaws, positives


class TestBalanced(SamplerLaws):
    def make(self) -> BalancedSampler:
        return BalancedSampler(6, seed=0)


class TestCoveringTargets(SamplerLaws):
    def make(self) -> BalancedSampler:
        return BalancedSampler(8, 0.25, 2.0, cover_targets=True, seed=3)


def counts(found: Assignment) -> tuple[list[int], list[int]]:
    """Positives and negatives of each image."""
    positive = positives(found)
    return positive.sum(dim=1).tolist(), (~found.ignored & ~positive).sum(dim=1).tolist()


def crowded() -> Assignment:
    """Image 0 has 20 pairs of 4 targets, image 1 three pairs, image 2 none; nothing is ignored."""
    image = torch.tensor([0] * 20 + [1] * 3)
    prior = torch.cat((torch.arange(20), torch.arange(3)))
    target = torch.cat((torch.arange(20) // 5, torch.tensor([4, 4, 5])))
    return assignment_of(image, prior, target, torch.ones(23), torch.zeros(BATCH, PRIORS, dtype=torch.bool))


def test_positives_up_to_the_fraction_and_negatives_fill_up() -> None:
    assert counts(BalancedSampler(16, 0.5)(crowded())) == ([8, 3, 0], [8, 13, 16])
    assert counts(BalancedSampler(16, 0.25)(crowded())) == ([4, 3, 0], [12, 13, 16])
    assert counts(BalancedSampler(16, 0.0)(crowded())) == ([0, 0, 0], [16, 16, 16])


def test_with_too_few_all_are_taken() -> None:
    assert counts(BalancedSampler(1000)(crowded())) == ([20, 3, 0], [20, 37, 40])


def test_negatives_per_positive_have_a_limit() -> None:
    """An image without positives counts as one with one."""
    assert counts(BalancedSampler(16, 0.25, 2.0)(crowded())) == ([4, 3, 0], [8, 6, 2])


def test_every_target_is_covered_as_far_as_the_fraction_allows() -> None:
    for seed in range(20):
        found = BalancedSampler(8, 0.5, cover_targets=True, seed=seed)(crowded())
        assert sorted(found.target[found.image == 0].tolist()) == [0, 1, 2, 3]
    uncovered = [BalancedSampler(8, 0.5, seed=seed)(crowded()) for seed in range(20)]
    assert any(len(set(found.target[found.image == 0].tolist())) < 4 for found in uncovered)


def test_a_prior_is_drawn_with_all_its_pairs() -> None:
    twice = assignment_of(*(torch.zeros(2, dtype=torch.int64) for _ in range(2)), torch.arange(2), torch.ones(2))
    twice = replace(twice, ignored=torch.zeros(1, 5, dtype=torch.bool))
    assert BalancedSampler(2, 0.5)(twice).target.tolist() == [0, 1]


def test_the_seed_decides_and_without_one_the_global_generator() -> None:
    def drawn(sampler: BalancedSampler) -> list[int]:
        return sampler(crowded()).prior.tolist()

    assert drawn(BalancedSampler(8, seed=1)) == drawn(BalancedSampler(8, seed=1))
    assert any(drawn(BalancedSampler(8, seed=1)) != drawn(BalancedSampler(8, seed=seed)) for seed in range(2, 6))
    torch.manual_seed(5)
    first, second = drawn(BalancedSampler(8)), drawn(BalancedSampler(8))
    torch.manual_seed(5)
    assert [drawn(BalancedSampler(8)), drawn(BalancedSampler(8))] == [first, second]
    assert first != second


def test_every_prior_has_the_same_chance() -> None:
    hits = torch.zeros(BATCH, PRIORS)
    for seed in range(300):
        ignored = BalancedSampler(16, seed=seed)(crowded()).ignored
        hits += ~ignored
    share = hits / 300
    assert (share[0, :20] - 8 / 20).abs().max() < 0.12
    assert (share[0, 20:] - 8 / 20).abs().max() < 0.12
    assert (share[2] - 16 / 40).abs().max() < 0.12


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be at least 1; found 0"),
        ({"positive_fraction": 1.5}, r"positive_fraction must lie in 0 to 1; found 1\.5"),
        ({"negative_ratio": -1.0}, r"negative_ratio must be at least 0 and finite; found -1\.0"),
        ({"negative_ratio": math.inf}, "negative_ratio must be at least 0 and finite; found inf. None sets no limit"),
    ],
)
def test_fields_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        BalancedSampler(**options)


def test_no_two_priors_have_the_same_key() -> None:
    """Which of equal ones comes first would be up to the device."""
    for seed in (None, 0):
        keys = BalancedSampler(seed=seed)._keys(torch.zeros(2, 76725, dtype=torch.bool))
        assert all(len(row.unique()) == len(row) for row in keys)
