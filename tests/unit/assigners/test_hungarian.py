import pytest
import torch

from boxwright.assigners import HungarianAssigner
from boxwright.errors import ConfigError
from boxwright.prior_generators import PointGrid
from tests.contracts.assigner_laws import SEEDS, AssignerLaws
from tests.contracts.scenes import Scene, pairs_of, random_scene, take_targets


class TestHungarian(AssignerLaws):
    def make(self) -> HungarianAssigner:
        return HungarianAssigner()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_of_equal_targets_the_first_wins(self, seed: int) -> None:
        """Each copy has a point of its own; there is none to win."""
        scene = self.make_scene(seed)
        found = self.assign(take_targets(scene, torch.arange(len(scene.targets)).repeat_interleave(2)))
        assert (torch.bincount(found.target) <= 1).all()
        assert len(found) > len(self.assign(scene))

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_copy_of_the_only_target_takes_nothing_from_it(self, seed: int) -> None:
        """Both copies together have the best point, which one alone had, and the second best."""
        scene = self.make_scene(seed, counts=(1, 0, 1))
        alone = {(image, prior) for image, prior, _ in pairs_of(self.assign(scene))}
        doubled = pairs_of(self.assign(take_targets(scene, torch.tensor([0, 0, 1, 1]))))
        assert alone <= {(image, prior) for image, prior, _ in doubled}


def gains(scene: Scene) -> torch.Tensor:
    """Of every target with every point, 0 where the point is no candidate."""
    priors, targets = scene.priors, scene.targets
    table = torch.zeros(len(targets), len(priors), dtype=torch.float64)
    everywhere = torch.arange(len(priors))
    boxes = scene.proposals.boxes_of(torch.zeros_like(everywhere), everywhere).double()
    for number, box in enumerate(targets.boxes.double()):
        place, middle = priors.boxes[:, :2].double(), (box[:2] + box[2:]) / 2
        inside = ((place > box[:2]) & (place < box[2:])).all(dim=1)
        near = ((place - middle).abs() < 1.5 * priors.stride.unsqueeze(1)).all(dim=1)
        common = (boxes[:, 2:].minimum(box[2:]) - boxes[:, :2].maximum(box[:2])).clamp(min=0).prod(dim=1)
        union = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1) + (box[2:] - box[:2]).prod() - common
        label = targets.labels[number].expand(len(priors))
        score = scene.proposals.scores_of(torch.zeros_like(everywhere), everywhere, label).double()
        table[number] = score**0.2 * (common / union) ** 0.8 * (inside & near)
    return table


@pytest.mark.parametrize("seed", range(6))
def test_no_matching_has_a_larger_sum(seed: int) -> None:
    """All ways of giving five targets, most of them at one place, different points."""
    scene = random_scene(seed, counts=(5,), canvas=(32, 32), generate=PointGrid((8, 16)))
    table = gains(scene)
    found = HungarianAssigner()(scene.priors, scene.targets, scene.proposals)
    assert len(found.prior.unique()) == len(found)
    assert len(found.target.unique()) == len(found)
    reached = table[found.target, found.prior].sum()
    best = _best(table)
    assert float(reached) == pytest.approx(best, rel=1e-6)


def _best(table: torch.Tensor, taken: frozenset[int] = frozenset(), row: int = 0) -> float:
    """Tries everything, target by target."""
    if row == len(table):
        return 0.0
    without = _best(table, taken, row + 1)
    points = [point for point in table[row].nonzero().flatten().tolist() if point not in taken]
    return max([without, *(float(table[row, point]) + _best(table, taken | {point}, row + 1) for point in points)])


def test_a_crowd_is_served_one_to_one() -> None:
    scene = random_scene(0, counts=(60, 0, 20), canvas=(96, 96), generate=PointGrid((8, 16)))
    found = HungarianAssigner(guarantee=True)(scene.priors, scene.targets, scene.proposals)
    assert sorted(found.target.tolist()) == list(range(80))
    assert len(pairs_of(found)) == 80


def test_it_needs_predictions() -> None:
    scene = random_scene(0)
    with pytest.raises(ConfigError, match="looks at predictions"):
        HungarianAssigner()(scene.priors, scene.targets)
    with pytest.raises(ConfigError, match="alpha must lie"):
        HungarianAssigner(alpha=1.5)
    with pytest.raises(ConfigError, match="radius must be"):
        HungarianAssigner(radius=-1.0)
