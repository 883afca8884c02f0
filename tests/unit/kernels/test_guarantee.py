from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.kernels import guarantee
from boxwright.kernels.grid_candidates import points_inside
from boxwright.kernels.guarantee import claim_for_orphans
from boxwright.prior_generators import PointGrid
from boxwright.structures import Targets
from tests.contracts.recorded_tensors import RecordedTensors

PRIORS = PointGrid((8, 16))((32, 32))  # 16 points at 4, 12, 20, 28, then 4
NOTHING = torch.zeros(0, dtype=torch.int64)


def claim(
    boxes: list[list[float]], pairs: list[tuple[int, int, float]] | None = None, ignore: list[bool] | None = None
) -> tuple[list[bool], dict[int, int]]:
    """Pairs are (prior, target, overlap) in one image; gives which stay, and prior by target of the claims."""
    point, target, overlap = zip(*pairs, strict=True) if pairs else ((), (), ())
    flags = None if ignore is None else [torch.tensor(ignore)]
    targets = Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))], flags)
    columns = torch.tensor(point, dtype=torch.int64), torch.tensor(target, dtype=torch.int64), torch.tensor(overlap)
    kept, owner, prior = claim_for_orphans(*columns, PRIORS, targets)
    assert len(set(owner.tolist())) == len(owner)
    return kept.tolist(), dict(zip(owner.tolist(), prior.tolist(), strict=True))


def about(x: float, y: float, side: float = 2.0) -> list[float]:
    return [x - side / 2, y - side / 2, x + side / 2, y + side / 2]


def test_each_orphan_claims_the_nearest_point_of_the_finest_level() -> None:
    assert claim([about(11, 5), about(27, 27)]) == ([], {0: 1, 1: 15})


def test_a_wanted_point_goes_to_the_nearest_orphan_and_the_other_takes_the_next() -> None:
    """Both are nearest to (12, 12); the second is nearer. The first, at (9.5, 12), turns to (4, 12)."""
    assert claim([about(9.5, 12), about(12.5, 12)]) == ([], {0: 4, 1: 5})


def test_of_equally_near_orphans_the_lowest_row_wins_and_of_equally_near_points_the_lowest_prior() -> None:
    assert claim([about(8, 8)] * 4) == ([], {0: 0, 1: 1, 2: 4, 3: 5})


def test_a_target_with_pairs_keeps_its_best_and_may_lose_others() -> None:
    pairs = [(4, 0, 0.2), (5, 0, 0.9), (6, 0, 0.5)]
    kept, claims = claim([about(12, 12, 20), about(19, 12), about(12, 12)], pairs)
    assert kept == [True, True, False]
    assert claims == {1: 6, 2: 1}  # (12, 12) itself is the best of target 0; (12, 4) is the lowest of the next


def test_targets_that_have_a_pair_or_are_ignored_claim_nothing() -> None:
    kept, claims = claim([about(4, 4), about(12, 12)], [(3, 0, 0.5)], ignore=[False, True])
    assert kept == [True]
    assert claims == {}


def test_orphans_beyond_the_canvas_claim_at_its_edge() -> None:
    assert claim([about(-500, 4), about(500, 500)])[1] == {0: 0, 1: 15}


def test_a_full_level_leaves_the_last_ones_out() -> None:
    kept, claims = claim([about(16, 16)] * 20)
    assert kept == []
    assert sorted(claims) == list(range(16))
    assert sorted(claims.values()) == list(range(16))


def test_images_do_not_compete() -> None:
    boxes: list[Tensor] = [torch.tensor([about(4, 4)])] * 3
    targets = Targets.from_lists(boxes, [torch.zeros(1)] * 3)
    _, owner, prior = claim_for_orphans(NOTHING, NOTHING, torch.zeros(0), PRIORS, targets)
    assert sorted(owner.tolist()) == [0, 1, 2]
    assert prior.tolist() == [0, 0, 0]


def test_no_targets_claim_nothing() -> None:
    targets = Targets.from_lists([torch.zeros(0, 4)], [torch.zeros(0)])
    kept, owner, prior = claim_for_orphans(NOTHING, NOTHING, torch.zeros(0), PRIORS, targets)
    assert len(kept) == len(owner) == len(prior) == 0


@pytest.mark.parametrize("spread", [0.0, 1.5])
def test_a_crowd_at_one_place_is_served_in_few_rounds(monkeypatch: pytest.MonkeyPatch, spread: float) -> None:
    """300 targets want the same point: one round per size of the window, not one per target."""
    rounds = 0

    def count(*arguments: Any) -> Any:
        nonlocal rounds
        rounds += 1
        return points_inside(*arguments)

    monkeypatch.setattr(guarantee, "points_inside", count)
    priors = PointGrid()((320, 320))
    shift = torch.rand(300, 1, generator=torch.Generator().manual_seed(0)) * spread
    boxes = torch.tensor([about(164, 164)]) + shift
    targets = Targets.from_lists([boxes], [torch.zeros(300)])
    _, owner, prior = claim_for_orphans(NOTHING, NOTHING, torch.zeros(0), priors, targets)
    assert sorted(owner.tolist()) == list(range(300))
    assert len(set(prior.tolist())) == 300
    assert rounds <= 20
    if spread == 0:
        distance = (priors.boxes[prior[owner.argsort()], :2] - 164).square().sum(dim=1)
        nearest = (priors.boxes[:1600, :2] - 164).abs().amax(dim=1)
        assert distance[0] == 0
        assert (distance[1:5] == 64).all()
        assert nearest[prior].max() <= 8 * 9


def test_the_second_of_two_that_share_a_point_takes_its_own_second_choice() -> None:
    """Both are nearest to (12, 12) and the first is nearer; the second, at (14, 12), turns to (20, 12)."""
    assert claim([about(12.5, 12), about(14, 12)]) == ([], {0: 5, 1: 6})


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_memory_is_bounded_where_thousands_share_a_place(noise: float) -> None:
    priors = PointGrid()((640, 640))
    box = torch.tensor([[100.0, 100.0, 102.0, 102.0]]).expand(3000, 4)
    boxes = box + noise * torch.randn(3000, 1, generator=torch.Generator().manual_seed(0))
    targets = Targets.from_lists([boxes], [torch.zeros(3000)])
    with RecordedTensors() as record:
        _, owner, prior = claim_for_orphans(NOTHING, NOTHING, torch.zeros(0), priors, targets)
    assert len(set(prior.tolist())) == len(owner) == 3000
    assert not record.at_least(1 << 21)


def test_claims_do_not_depend_on_how_many_are_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    priors = PointGrid()((160, 160))
    centre = torch.tensor([80.0, 80.0]) + 6 * torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
    boxes = torch.cat((centre - 1, centre + 1), dim=1)[torch.arange(120) // 2]  # every one twice
    targets = Targets.from_lists([boxes], [torch.zeros(120)])
    results = []
    for at_once in (1, 1 << 20):
        monkeypatch.setattr(guarantee, "_WISHES_AT_ONCE", at_once)
        _, owner, prior = claim_for_orphans(NOTHING, NOTHING, torch.zeros(0), priors, targets)
        results.append(dict(zip(owner.tolist(), prior.tolist(), strict=True)))
    assert results[0] == results[1]
    assert len(results[0]) == 120
