import pytest
import torch
from torch import Tensor

from boxwright.assigners import BipartiteAssigner
from boxwright.errors import ConfigError
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.prior_generators import DEFAULT_BOXES, DefaultBoxes, paired_sizes
from boxwright.structures import Assignment, Reason, Targets, Verdicts
from tests.contracts.assigner_laws import SEEDS, AssignerLaws
from tests.contracts.explanation_laws import reasons
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import Scene, pairs_of, random_boxes, random_scene, take_targets

SMALL = DefaultBoxes(paired_sizes((0.15, 0.4, 0.9), ((2.0,), (2.0, 3.0))), (8, 16))
# Two cells side by side, one square prior of 10 × 10 each: about (5, 5) and (15, 5).
TWO = DefaultBoxes((((0.5, 1.0),),), (10,))((10, 20))


class TestBipartite(AssignerLaws):
    def make(self) -> BipartiteAssigner:
        return BipartiteAssigner()

    def make_scene(self, seed: int, **options: object) -> Scene:
        return random_scene(seed, generate=SMALL, **options)  # type: ignore[arg-type]

    @pytest.mark.parametrize("seed", SEEDS)
    def test_of_equal_targets_the_first_wins(self, seed: int) -> None:
        """Each copy has a prior of its own; whatever rule 2 gives goes to the first."""
        scene = self.make_scene(seed)
        found = self.assign(take_targets(scene, torch.arange(len(scene.targets)).repeat_interleave(2)))
        counts = torch.bincount(found.target, minlength=2 * len(scene.targets))
        assert (counts[1::2] == 1).all()
        assert (counts[0::2] >= 1).all()

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_copy_of_the_only_target_takes_nothing_from_it(self, seed: int) -> None:
        """But the one prior that rule 1 owes it."""
        scene = self.make_scene(seed, counts=(1, 0, 1))
        doubled = self.assign(take_targets(scene, torch.tensor([0, 0, 1, 1])))
        before = {(image, prior) for image, prior, _ in pairs_of(self.assign(scene))}
        after = {(image, prior): target % 2 for image, prior, target in pairs_of(doubled)}
        assert before <= after.keys()
        assert list(after.values()).count(1) == 2
        assert {key for key, copy in after.items() if copy == 0} <= before


def assign(*boxes: tuple[float, ...], assigner: BipartiteAssigner | None = None) -> Assignment:
    targets = Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))])
    return (assigner or BipartiteAssigner())(TWO, targets)


def owners(found: Assignment) -> dict[int, int]:
    """Target by prior."""
    return dict(zip(found.prior.tolist(), found.target.tolist(), strict=True))


def test_a_target_has_its_best_prior_however_small_the_overlap() -> None:
    assert owners(assign((1.0, 1.0, 2.0, 2.0))) == {0: 0}


@pytest.mark.parametrize(("width", "joins"), [(20.0, True), (19.5, False), (20.5, False)])
def test_rule_2_includes_the_threshold(width: float, joins: bool) -> None:
    """About the middle between both priors, 20 wide: IoU ½ with each; the first is forced, the second joins."""
    found = owners(assign((10 - width / 2, 0.0, 10 + width / 2, 10.0)))
    assert found == ({0: 0, 1: 0} if joins else {0: 0})


def test_the_best_pair_of_a_shared_prior_is_taken_first() -> None:
    """Both prefer prior 0. Target 1 overlaps it more, so target 0 has prior 1, which it overlaps by 1/19."""
    assert owners(assign((1.0, 0.0, 11.0, 10.0), (0.0, 0.0, 10.0, 10.0))) == {0: 1, 1: 0}


def test_a_displaced_target_displaces_another() -> None:
    """Target 1 loses prior 0 to target 0 and takes prior 1, which target 2 had wished for, but overlaps less."""
    found = owners(assign((0.0, 0.0, 10.0, 10.0), (3.0, 0.0, 13.0, 10.0), (18.5, 0.0, 20.0, 10.0)))
    assert found == {0: 0, 1: 1}


def test_rule_2_takes_nothing_that_rule_1_gave() -> None:
    """Target 1 is tiny, inside prior 0, which target 0 fills to 0.9 and so shares as its best: rule 1 goes by IoU."""
    found = owners(assign((0.0, 0.0, 20.0, 10.0), (12.0, 2.0, 13.0, 3.0)))
    assert found == {0: 0, 1: 1}


def test_more_targets_than_overlapping_priors_leave_the_last_without() -> None:
    box = (0.0, 0.0, 9.0, 10.0)
    assert owners(assign(box, box, box)) == {0: 0}


def test_last_gives_a_shared_prior_to_the_last_target_and_loses_the_others() -> None:
    last = BipartiteAssigner(shared_best="last")
    assert owners(assign((0.0, 0.0, 10.0, 10.0), (1.0, 0.0, 11.0, 10.0), assigner=last)) == {0: 1}
    assert owners(assign((1.0, 0.0, 11.0, 10.0), (0.0, 0.0, 10.0, 10.0), assigner=last)) == {0: 1}


def test_a_target_that_overlaps_no_prior_grabs_nothing() -> None:
    outside, flat = (200.0, 200.0, 210.0, 210.0), (3.0, 3.0, 3.0, 3.0)
    for assigner in (BipartiteAssigner(), BipartiteAssigner(shared_best="last")):
        assert owners(assign((0.0, 0.0, 10.0, 10.0), outside, flat, assigner=assigner)) == {0: 0}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_target_is_lost_in_a_crowd(seed: int) -> None:
    """Forty small targets in a few places of the 441 priors."""
    generator = torch.Generator().manual_seed(seed)
    corner = torch.randint(5, (40, 2), generator=generator) * 40.0 + torch.rand(40, 2, generator=generator)
    boxes = torch.cat((corner, corner + 10 + 20 * torch.rand(40, 2, generator=generator)), dim=1)
    targets = Targets.from_lists([boxes], [torch.zeros(40)])
    priors = DEFAULT_BOXES["ssd_tiny"]((224, 224))
    assert set(BipartiteAssigner()(priors, targets).target.tolist()) == set(range(40))
    assert len(set(BipartiteAssigner(shared_best="last")(priors, targets).target.tolist())) < 40


@pytest.mark.usefixtures("sparse_kernels")
def test_memory_does_not_grow_with_targets_times_priors() -> None:
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    boxes = random_boxes(torch.Generator().manual_seed(0), 400, (300, 300), smallest=20.0, dtype=torch.float32)
    targets = Targets.from_lists([boxes], [torch.zeros(len(boxes))])
    with RecordedTensors() as recorded:
        BipartiteAssigner()(priors, targets)
    assert not recorded.at_least(len(boxes) * len(priors) // 2)


def test_pairs_are_ordered_by_image_then_prior() -> None:
    scene = random_scene(3, generate=SMALL)
    found = BipartiteAssigner()(scene.priors, scene.targets)
    point: Tensor = found.image * len(scene.priors) + found.prior
    assert torch.equal(point, point.unique())


def test_impossible_fields_are_refused() -> None:
    for threshold in (0.0, 1.1, float("nan")):
        with pytest.raises(ConfigError, match="threshold is an IoU above 0 and up to 1"):
            BipartiteAssigner(threshold)
    with pytest.raises(ConfigError, match="Unknown rule for a shared best prior 'first'"):
        BipartiteAssigner(shared_best="first")


def explain(*boxes: tuple[float, ...], assigner: BipartiteAssigner | None = None) -> Verdicts:
    targets = Targets.from_lists([torch.tensor(boxes)], [torch.zeros(len(boxes))])
    return (assigner or BipartiteAssigner()).explain(TWO, targets)[1]


def test_reasons_of_a_shared_best_prior() -> None:
    """Both wish for prior 0 first; target 0 loses it and takes prior 1, which it overlaps by 1/19."""
    found = explain((1.0, 0.0, 11.0, 10.0), (0.0, 0.0, 10.0, 10.0))
    assert reasons(found, 0) == {0: Reason.LOST, 1: Reason.POSITIVE}
    assert reasons(found, 1) == {0: Reason.POSITIVE}
    assert found.of_target(0).overlap.tolist() == pytest.approx([90 / 110, 10 / 190])
    last = explain((0.0, 0.0, 10.0, 10.0), (0.0, 0.0, 10.0, 5.5), assigner=BipartiteAssigner(shared_best="last"))
    assert reasons(last, 0) == {0: Reason.LOST}
    assert reasons(last, 1) == {0: Reason.POSITIVE}


def test_a_wish_lost_under_the_threshold_is_lost() -> None:
    found = explain((0.0, 0.0, 10.0, 4.0), (0.0, 0.0, 10.0, 3.0))
    assert reasons(found, 1) == {0: Reason.LOST}


def test_what_is_near_the_threshold_is_below_it() -> None:
    """19.5 wide about the middle: IoU 0.49 with each; one is forced, the other stays under ½."""
    assert reasons(explain((0.25, 0.0, 19.75, 10.0))) == {0: Reason.POSITIVE, 1: Reason.BELOW_THRESHOLD}


def test_a_target_that_overlaps_nothing_has_no_verdicts() -> None:
    assert len(explain((50.0, 50.0, 60.0, 60.0), (3.0, 3.0, 3.0, 9.0))) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_every_prior_of_half_the_threshold_or_of_half_the_best_is_explained(seed: int) -> None:
    scene = random_scene(seed, generate=SMALL, counts=(30,))
    _, found = BipartiteAssigner().explain(scene.priors, scene.targets)
    corners = cxcywh_to_xyxy(scene.priors.boxes.double())
    overlap = pairwise_iou(scene.targets.boxes.double(), corners)
    least = overlap.amax(dim=1).clamp(max=0.5) / 2
    wanted = (overlap > least.unsqueeze(1) + 1e-9).nonzero().tolist()
    assert {tuple(row) for row in wanted} <= set(zip(found.target.tolist(), found.prior.tolist(), strict=True))
    below = found.because(Reason.BELOW_THRESHOLD)
    assert (below.overlap < 0.5).all()
    assert len(below) > 0


@pytest.mark.usefixtures("sparse_kernels")
def test_memory_of_reasons_does_not_grow_with_targets_times_priors() -> None:
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    boxes = random_boxes(torch.Generator().manual_seed(0), 400, (300, 300), smallest=20.0, dtype=torch.float32)
    targets = Targets.from_lists([boxes], [torch.zeros(len(boxes))])
    with RecordedTensors() as recorded:
        _, found = BipartiteAssigner().explain(priors, targets)
    assert len(found) > 1000
    assert not recorded.at_least(len(boxes) * len(priors) // 2)
