import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.prior_generators.anchor_fit import best_possible_recall, fit_anchors, mean_fitness, size_ratios


def cloud(centres: list[tuple[float, float]], each: int, spread: float, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    middle = torch.tensor(centres).repeat_interleave(each, dim=0)
    return middle * (torch.randn(len(middle), 2, generator=generator) * spread).exp()


def test_the_ratio_is_the_largest_stretch_of_either_side_either_way() -> None:
    sizes = torch.tensor([[10.0, 10.0], [40.0, 5.0]])
    anchors = torch.tensor([[20.0, 10.0], [10.0, 30.0]])
    assert size_ratios(sizes, anchors).tolist() == [[2.0, 3.0], [2.0, 6.0]]


def test_recall_counts_objects_strictly_under_the_limit() -> None:
    anchors = torch.tensor([[16.0, 16.0]])
    sizes = torch.tensor([[4.0, 16.0], [4.1, 16.0], [64.0, 16.0], [16.0, 63.0]])
    assert best_possible_recall(sizes, anchors) == 0.5
    assert best_possible_recall(sizes, anchors, ratio_limit=4.5) == 1.0


def test_fitness_is_the_mean_of_inverse_ratios_of_what_matches() -> None:
    sizes, anchors = torch.tensor([[8.0, 16.0], [16.0, 16.0], [100.0, 16.0]]), torch.tensor([[16.0, 16.0], [1.0, 1.0]])
    assert mean_fitness(sizes, anchors) == pytest.approx((0.5 + 1.0 + 0.0) / 3)


def test_well_separated_sizes_are_found_and_sorted_by_area() -> None:
    centres = [(100.0, 40.0), (8.0, 9.0), (30.0, 60.0)]
    found = fit_anchors(cloud(centres, 200, 0.05), 3)
    assert torch.allclose(found, torch.tensor(sorted(centres)), rtol=0.05)


def test_fitted_anchors_reach_and_fit_better_than_wrong_ones() -> None:
    sizes = cloud([(300.0, 10.0), (250.0, 14.0), (12.0, 200.0)], 100, 0.2)
    wrong = torch.tensor([[10.0, 13.0], [16.0, 30.0], [33.0, 23.0]])
    found = fit_anchors(sizes, 3)
    assert best_possible_recall(sizes, wrong) < 0.01
    assert best_possible_recall(sizes, found) == 1.0
    assert mean_fitness(sizes, found) > 0.75


def test_mutations_only_improve() -> None:
    sizes = cloud([(20.0, 30.0), (90.0, 50.0)], 100, 0.4)
    fitness = [mean_fitness(sizes, fit_anchors(sizes, 6, generations=number)) for number in (0, 50, 500)]
    assert fitness == sorted(fitness)
    assert fitness[0] < fitness[2]


def test_the_seed_decides_everything_and_leaves_the_global_state_alone() -> None:
    sizes = cloud([(20.0, 30.0), (90.0, 50.0)], 50, 0.4)
    before = torch.get_rng_state()
    first, second = (fit_anchors(sizes, 9, seed=3, generations=50) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(first, fit_anchors(sizes, 9, seed=4, generations=50))


@pytest.mark.parametrize("objects", [1, 4])
def test_fewer_sizes_than_anchors(objects: int) -> None:
    sizes = torch.tensor([[20.0, 10.0]]).repeat(objects, 1)
    found = fit_anchors(sizes, 9, generations=5)
    assert found.shape == (9, 2)
    assert best_possible_recall(sizes, found) == 1.0


def test_specks_do_not_shape_the_anchors() -> None:
    sizes = torch.cat([cloud([(50.0, 50.0)], 50, 0.1), torch.full((50, 2), 0.5)])
    assert bool((fit_anchors(sizes, 3, generations=5) > 30).all())


def test_specks_are_used_where_there_is_nothing_else() -> None:
    assert torch.allclose(fit_anchors(torch.full((5, 2), 0.5), 1, generations=0), torch.tensor([[0.5, 0.5]]))


@pytest.mark.parametrize("sizes", [torch.zeros(0, 2), torch.tensor([[3.0, 0.0]])])
def test_objects_without_an_area_are_refused(sizes: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=rf"found {len(sizes)} objects? of which {len(sizes)} have none"):
        fit_anchors(sizes, 9)
