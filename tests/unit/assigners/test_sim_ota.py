import pytest
import torch
from torch import Tensor

from boxwright.assigners import SimOtaAssigner
from boxwright.errors import ConfigError
from boxwright.prior_generators import PointGrid
from boxwright.structures import Reason
from tests.contracts.assigner_laws import SEEDS, AssignerLaws
from tests.contracts.scenes import Scene, pairs_of, random_scene


class TestSimOta(AssignerLaws):
    def make(self) -> SimOtaAssigner:
        return SimOtaAssigner()


class TestSimOtaOfAllCandidates(AssignerLaws):
    def make(self) -> SimOtaAssigner:
        return SimOtaAssigner(candidates="all")


def iou(one: Tensor, other: Tensor) -> Tensor:
    sides = (one[2:].minimum(other[2:]) - one[:2].maximum(other[:2])).clamp(min=0)
    common = sides.prod()
    return common / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - common)


def by_the_paper(scene: Scene) -> dict[tuple[int, int], int]:
    """All points against all targets in float64: target by image and point."""
    priors, targets = scene.priors, scene.targets
    image, prior = torch.cartesian_prod(torch.arange(targets.batch_size), torch.arange(len(priors))).unbind(1)
    boxes = scene.proposals.boxes_of(image, prior).double().view(targets.batch_size, len(priors), 4)
    logits = scene.predictions.class_logits_at(image, prior).double().view(targets.batch_size, len(priors), -1)
    owner: dict[tuple[int, int], tuple[float, int]] = {}
    for number, box in enumerate(targets.boxes.double()):
        where = int(targets.image[number])
        costs, overlaps = {}, []
        for point in range(len(priors)):
            x, y = priors.boxes[point, :2].double()
            inside = bool(x > box[0] and x < box[2] and y > box[1] and y < box[3])
            off = max(abs(x - (box[0] + box[2]) / 2), abs(y - (box[1] + box[3]) / 2))
            near = bool(off < 2.5 * priors.stride[point])
            if inside or near:
                overlap = iou(boxes[where, point], box)
                wanted = torch.zeros(logits.shape[2]).double()
                wanted[targets.labels[number]] = 1
                root = logits[where, point].sigmoid().sqrt()
                entropy = -(wanted * root.log() + (1 - wanted) * (1 - root).log()).sum()
                far = 0 if inside and near else 1e5
                costs[point] = float(entropy - 3 * (overlap + 1e-8).log()) + far
                overlaps.append(float(overlap))
        k = max(int(sum(sorted(overlaps, reverse=True)[:10])), 1)
        for point in sorted(costs, key=lambda each: costs[each])[:k]:
            if (where, point) not in owner or costs[point] < owner[where, point][0]:
                owner[where, point] = costs[point], number
    return {key: number for key, (_, number) in owner.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_the_rule_of_the_paper(seed: int) -> None:
    scene = random_scene(seed, counts=(6, 2), generate=PointGrid((8, 16)))
    found = SimOtaAssigner()(scene.priors, scene.targets, scene.proposals)
    wanted = by_the_paper(scene)
    assert len(wanted) > 8
    assert {(image, prior): target for image, prior, target in pairs_of(found)} == wanted


def test_the_quality_is_the_overlap_of_the_prediction() -> None:
    scene = random_scene(0)
    found, verdicts = SimOtaAssigner().explain(scene.priors, scene.targets, scene.proposals)
    positive = verdicts.because(Reason.POSITIVE)
    assert torch.equal(positive.quality, positive.overlap)
    assert (found.weight == 1).all()


def test_every_target_has_a_point_if_that_is_guaranteed() -> None:
    scene = random_scene(0, counts=(30, 30), generate=PointGrid((8, 16)))
    without = SimOtaAssigner()(scene.priors, scene.targets, scene.proposals)
    found = SimOtaAssigner(guarantee=True)(scene.priors, scene.targets, scene.proposals)
    assert len(without.target.unique()) < 60
    assert len(found.target.unique()) == 60
    assert (found.quality > 0).sum() >= 60


def test_it_needs_predictions() -> None:
    scene = random_scene(0)
    with pytest.raises(ConfigError, match="looks at predictions"):
        SimOtaAssigner()(scene.priors, scene.targets)
    with pytest.raises(ConfigError, match="SimOTA needs"):
        SimOtaAssigner(topk=0)
    with pytest.raises((ConfigError, TypeError), match="candidates"):
        SimOtaAssigner(candidates="al")  # type: ignore[arg-type]
