"""Laws and hand-worked cases of the task-aligned assigner."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.assigners import TASK_ALIGNED_DIALECTS, TaskAlignedAssigner, task_aligned_assigner
from boxwright.errors import ConfigError
from boxwright.kernels.choice import VARIABLE
from boxwright.prior_generators import PointGrid
from boxwright.structures import (
    Assignment,
    LevelGrid,
    Predictions,
    Priors,
    Proposals,
    Reason,
    Targets,
    Verdicts,
)
from tests.contracts.assigner_laws import AssignerLaws
from tests.contracts.explanation_laws import reasons
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import (
    centres_inside,
    ignored_of,
    pairs_of,
    positives_of,
    random_scene,
    select_images,
    take_targets,
)

FAR = [900.0, 900.0, 901.0, 901.0]


class TestEarlyDialect(AssignerLaws):
    def make(self) -> TaskAlignedAssigner:
        return task_aligned_assigner("early")


class TestMidDialect(AssignerLaws):
    def make(self) -> TaskAlignedAssigner:
        return task_aligned_assigner("mid")


class TestDialect840(AssignerLaws):
    def make(self) -> TaskAlignedAssigner:
        return task_aligned_assigner("8.4.0")


class TestCurrentDialect(AssignerLaws):
    def make(self) -> TaskAlignedAssigner:
        return task_aligned_assigner("current")


class TestGuarantee(AssignerLaws):
    def make(self) -> TaskAlignedAssigner:
        return task_aligned_assigner("current", guarantee=True)

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_of_equal_targets_the_first_wins(self, seed: int) -> None:
        """The copy gets one point, at the least quality or at its overlap; the first keeps at least one."""
        scene = self.make_scene(seed, counts=(1, 0, 1))
        rows = torch.tensor([0, 0, 1, 1])
        old = scene.targets
        targets = Targets(old.boxes[rows], old.labels[rows], old.image[rows], old.ignore[rows], 3)
        found = self.assign(replace(scene, targets=targets))
        counts = torch.bincount(found.target, minlength=4).tolist()
        assert counts[1] == counts[3] == 1
        assert min(counts) == 1

    @pytest.mark.parametrize("seed", [0, 1, 2])
    def test_a_copy_of_the_only_target_takes_nothing_from_it(self, seed: int) -> None:
        """It takes one point at most, never the one that the first overlaps most."""
        scene = self.make_scene(seed, counts=(1,))
        alone = self.assign(scene)
        best = int(alone.prior[alone.quality.argmax()])
        doubled = self.assign(take_targets(scene, torch.tensor([0, 0])))
        kept = {prior for _, prior, target in pairs_of(doubled) if target == 0}
        assert best in kept
        assert len(set(alone.prior.tolist()) - kept) <= 1


def priors_of(canvas: tuple[int, int] = (8, 24), strides: tuple[int, ...] = (8,)) -> Priors:
    return PointGrid(strides)(canvas)


def assign(
    assigner: TaskAlignedAssigner,
    boxes: list[list[float]],
    predicted: list[list[float]],
    scores: list[float],
    priors: Priors | None = None,
    ignore: list[bool] | None = None,
) -> Assignment:
    """Assigns in one image with one class; codes are boxes."""
    return explained(assigner, boxes, predicted, scores, priors, ignore)[0]


def explained(
    assigner: TaskAlignedAssigner,
    boxes: list[list[float]],
    predicted: list[list[float]],
    scores: list[float],
    priors: Priors | None = None,
    ignore: list[bool] | None = None,
) -> tuple[Assignment, Verdicts]:
    """Assigns, in one image with one class and boxes for codes, and tells why."""
    priors = priors or priors_of()
    logits = torch.tensor(scores, dtype=torch.float64).logit().float()[None, :, None]
    codes = torch.tensor(predicted)[None]
    flags = None if ignore is None else [torch.tensor(ignore)]
    targets = Targets.from_lists([torch.tensor(boxes).reshape(-1, 4)], [torch.zeros(len(boxes))], flags)
    proposals = Proposals(Predictions.from_dense(logits, codes, priors), priors, lambda *, codes, priors: codes)
    assignment, verdicts = assigner.explain(priors, targets, proposals)
    assert pairs_of(assigner(priors, targets, proposals)) == pairs_of(assignment)
    return assignment, verdicts


def test_worked_by_hand() -> None:
    """Alignments: √0.25 · 1⁶ = 0.5; √1 · (1/4 − 40/640)⁶ = 0.1875⁶; √0.64 · 1⁶ = 0.8. Two of three are chosen."""
    whole = [0.0, 0.0, 24.0, 8.0]
    quarter = [0.0, 0.0, 12.0, 4.0]
    found = assign(TaskAlignedAssigner(topk=2), [whole], [whole, quarter, whole], [0.25, 0.999999, 0.64])
    assert pairs_of(found) == pytest.approx({(0, 0, 0): 0.5 / 0.8, (0, 2, 0): 1.0}, rel=1e-5)
    found = assign(TaskAlignedAssigner(topk=3), [whole], [whole, quarter, whole], [0.25, 0.999999, 0.64])
    assert pairs_of(found)[0, 1, 0] == pytest.approx(0.1875**6 / 0.8, rel=1e-4)


def test_contested_point_goes_to_the_larger_overlap_and_quality_is_scaled_by_what_is_left() -> None:
    wide, narrow = [0.0, 0.0, 24.0, 8.0], [8.0, 0.0, 16.0, 8.0]
    found = assign(task_aligned_assigner("mid"), [wide, narrow], [wide, narrow, FAR], [0.25, 0.81, 0.5])
    assert pairs_of(found) == pytest.approx({(0, 0, 0): 1.0, (0, 1, 1): 1.0}, rel=1e-5)


def test_contested_point_may_go_to_a_target_that_did_not_choose_it() -> None:
    """Both wholes choose the middle point only for them; the narrow one prefers another place but overlaps it most."""
    whole, narrow = [0.0, 0.0, 24.0, 8.0], [8.0, 0.0, 24.0, 8.0]
    predicted = [FAR, narrow, [8.0, 0.0, 24.0, 7.9]]
    assigner = replace(task_aligned_assigner("mid"), topk=1)
    alone = assign(assigner, [narrow], predicted, [0.5, 0.1, 0.99])
    assert pairs_of(alone).keys() == {(0, 2, 0)}
    scores = [0.5, 0.1, 0.0001]
    found = assign(assigner, [whole, whole, narrow], predicted, scores)
    assert pairs_of(found).keys() == {(0, 1, 2)}


def test_early_dialect_lets_a_target_win_a_point_outside_it() -> None:
    whole, right = [0.0, 0.0, 24.0, 8.0], [16.0, 0.0, 24.0, 8.0]
    boxes, predicted, scores = [whole, whole, right], [FAR, right, FAR], [0.5, 0.5, 0.5]
    assert pairs_of(assign(task_aligned_assigner("mid"), boxes, predicted, scores)).keys() == {(0, 1, 0)}
    assert pairs_of(assign(task_aligned_assigner("early"), boxes, predicted, scores)).keys() == {(0, 1, 2)}


def test_early_dialect_never_gives_a_contested_point_to_an_ignored_target() -> None:
    whole, right = [0.0, 0.0, 24.0, 8.0], [16.0, 0.0, 24.0, 8.0]
    found = assign(
        task_aligned_assigner("early"), [whole, whole, right], [FAR, right, FAR], [0.5] * 3, ignore=[False, False, True]
    )
    assert pairs_of(found).keys() == {(0, 1, 0)}
    assert found.ignored.tolist() == [[False, False, True]]


def test_contested_point_goes_by_overlap_not_by_alignment() -> None:
    """The first target overlaps the prediction most, though its label hardly scores there."""
    priors = priors_of((8, 8))
    boxes = torch.tensor([[0.0, 0.0, 8.0, 8.0], [0.0, 0.0, 8.0, 7.0]])
    logits = torch.tensor([[[-6.0, 6.0]]])
    predictions = Predictions.from_dense(logits, boxes[None, :1], priors)
    proposals = Proposals(predictions, priors, lambda *, codes, priors: codes)
    found = task_aligned_assigner("mid")(priors, Targets.from_lists([boxes], [torch.tensor([0, 1])]), proposals)
    assert pairs_of(found).keys() == {(0, 0, 0)}


@pytest.mark.parametrize("exponents", [(0.5, 6.0), (1.0, 6.0), (0.3, 2.5)])
def test_ties_among_equal_predictions_go_to_the_lowest_priors(exponents: tuple[float, float]) -> None:
    """Numbers of points that a vector loop does not divide, and many values: the last bit must not decide."""
    generator = torch.Generator().manual_seed(0)
    assigner = TaskAlignedAssigner(topk=3, alpha=exponents[0], beta=exponents[1])
    for columns in (5, 13, 37):
        priors = priors_of((8, 8 * columns))
        whole = [0.0, 0.0, 8.0 * columns, 8.0]
        for score, shrink in torch.rand(60, 2, generator=generator).tolist():
            box = [shrink, shrink / 3, 8.0 * columns - shrink, 8 - shrink]
            found = assign(assigner, [whole], [box] * columns, [score] * columns, priors)
            assert found.prior.tolist() == [0, 1, 2]
            assert found.quality.unique().numel() == 1


def test_identical_targets_300_leave_one_owner() -> None:
    priors = priors_of((64, 64), (8, 16, 32))
    box = [10.0, 12.0, 50.0, 44.0]
    predicted, scores = [box] * len(priors), [0.5] * len(priors)
    found = assign(task_aligned_assigner(), [box] * 300, predicted, scores, priors)
    assert len(found) == 10
    assert not found.target.any()


def test_identical_targets_300_under_guarantee_get_one_point_each() -> None:
    priors = priors_of((160, 160), (8, 16, 32))
    box = [10.0, 12.0, 50.0, 44.0]
    found = assign(task_aligned_assigner(guarantee=True), [box] * 300, [box] * len(priors), [0.5] * len(priors), priors)
    assert sorted(set(found.target.tolist())) == list(range(300))
    assert found.prior.unique().numel() == len(found)
    assert torch.bincount(found.target).tolist()[1:] == [1] * 299


def test_no_positive_when_every_candidate_has_ciou_of_at_most_zero() -> None:
    """The published assignment leaves such a target alone; only the guarantee serves it."""
    box = [0.0, 0.0, 24.0, 8.0]
    plain = assign(task_aligned_assigner(), [box], [FAR] * 3, [0.9] * 3)
    assert len(plain) == 0
    assigner = task_aligned_assigner(guarantee=True)
    assert pairs_of(assign(assigner, [box], [FAR] * 3, [0.9] * 3)) == pytest.approx({(0, 1, 0): 0.1})
    assigner = replace(assigner, guarantee_quality=0.7)
    assert pairs_of(assign(assigner, [box], [FAR] * 3, [0.9] * 3)) == pytest.approx({(0, 1, 0): 0.7})


@pytest.mark.parametrize(
    ("dialect", "side", "found"),
    [
        ("early", 1.0, 0), ("mid", 1.0, 0), ("8.4.0", 1.0, 5), ("current", 1.0, 5),
        ("mid", 9.0, 5), ("8.4.0", 9.0, 5), ("current", 9.0, 5),
        ("mid", 7.9, 1), ("8.4.0", 7.9, 5), ("current", 7.9, 5),
        ("mid", 8.1, 5), ("8.4.0", 8.1, 5),
    ],
)  # fmt: skip
def test_small_sides_are_lengthened_as_the_dialect_says(dialect: str, side: float, found: int) -> None:
    """About the corner (8, 8) of four cells of stride 8, which is the centre of one cell of stride 16."""
    priors = priors_of((32, 32), (8, 16, 32))
    box = [8 - side / 2, 8 - side / 2, 8 + side / 2, 8 + side / 2]
    if side == 1.0 and found == 0:
        box = [x + 2 for x in box]  # between all points
    assert len(assign(task_aligned_assigner(dialect), [box], [box] * len(priors), [0.5] * len(priors), priors)) == found


def test_dialects_840_and_current_differ_between_the_two_strides() -> None:
    """Sides of 9 px from 21 to 30 hold the centres 28 and 24; lengthened to 17.5…33.5 also 20, on the first level."""
    priors = priors_of((64, 64), (8, 16, 32))
    box = [21.0, 21.0, 30.0, 30.0]
    counts = {
        dialect: len(assign(task_aligned_assigner(dialect), [box], [box] * len(priors), [0.5] * len(priors), priors))
        for dialect in TASK_ALIGNED_DIALECTS
    }
    assert counts == {"early": 2, "mid": 2, "8.4.0": 2, "current": 5}


def test_target_between_points_gets_nothing_unless_it_is_lengthened_or_guaranteed() -> None:
    priors = priors_of((32, 32), (8, 16, 32))
    box, scores = [9.0, 9.0, 10.0, 10.0], [0.5] * 21
    assert len(assign(task_aligned_assigner("mid"), [box], [box] * 21, scores, priors)) == 0
    assert len(assign(task_aligned_assigner("current"), [box], [box] * 21, scores, priors)) > 0
    found = assign(task_aligned_assigner("mid", guarantee=True), [box], [box] * 21, scores, priors)
    assert pairs_of(found) == pytest.approx({(0, 5, 0): 1.0}, rel=1e-4)  # the cell centred at (12, 12)


def test_targets_outside_the_canvas_get_nothing_unless_guaranteed() -> None:
    priors, scores = priors_of((32, 32), (8, 16, 32)), [0.5] * 21
    boxes = [[100.0, 100.0, 120.0, 120.0], [-50.0, 0.0, -10.0, 32.0]]
    assert len(assign(task_aligned_assigner(), boxes, [boxes[0]] * 21, scores, priors)) == 0
    found = assign(task_aligned_assigner(guarantee=True), boxes, [boxes[0]] * 21, scores, priors)
    assert pairs_of(found).keys() == {(0, 15, 0), (0, 4, 1)}  # the corner cell, and the left one nearest y = 16


def test_guarantee_takes_a_point_only_from_a_target_that_has_others() -> None:
    """The middle point is nearest to the orphan but the only one of its owner; the next is free to be claimed."""
    narrow, orphan = [8.0, 0.0, 16.0, 8.0], [11.0, 3.0, 14.0, 5.0]
    assigner = replace(task_aligned_assigner("mid", guarantee=True), topk=1)
    found = assign(assigner, [narrow, orphan], [FAR, narrow, FAR], [0.5] * 3)
    assert pairs_of(found) == pytest.approx({(0, 1, 0): 1.0, (0, 2, 1): 0.1}, rel=1e-5)
    wide = [0.0, 0.0, 24.0, 8.0]
    squeezed = [0.0, 0.0, 24.0, 7.0]
    found = assign(replace(assigner, topk=3), [wide, orphan], [wide, squeezed, FAR], [0.5] * 3)
    assert pairs_of(found) == pytest.approx({(0, 0, 0): 1.0, (0, 1, 1): 0.1}, abs=0.02)


@pytest.mark.parametrize("seed", range(3, 9))
@pytest.mark.parametrize("choice", ["reference", "sparse"])
def test_ignored_targets_do_not_touch_the_pairs_of_others(
    monkeypatch: pytest.MonkeyPatch, choice: str, seed: int
) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    scene = random_scene(seed, counts=(6, 6), ignored=0.4)
    live = (~scene.targets.ignore).nonzero().squeeze(1)
    fewer = replace(
        scene,
        targets=Targets(
            scene.targets.boxes[live], scene.targets.labels[live], scene.targets.image[live],
            scene.targets.ignore[live], 2,
        ),
    )  # fmt: skip
    assigner = task_aligned_assigner()
    with_ignored = assigner(scene.priors, scene.targets, scene.proposals)
    without = assigner(fewer.priors, fewer.targets, fewer.proposals)
    assert not without.ignored.any()
    assert pairs_of(with_ignored) == pairs_of(without, live)
    assert torch.equal(with_ignored.quality, without.quality)


def test_exactly_the_points_inside_ignored_targets_are_ignored() -> None:
    scene = random_scene(5, counts=(6, 6), ignored=0.4)
    found = task_aligned_assigner()(scene.priors, scene.targets, scene.proposals)
    wanted = torch.zeros(2, len(scene.priors), dtype=torch.bool)
    for row in scene.targets.ignore.nonzero().flatten().tolist():
        wanted[scene.targets.image[row]] |= centres_inside(scene.priors, scene.targets.boxes[row])
    assert torch.equal(ignored_of(found, scene), wanted & ~positives_of(found, scene))


def test_pairs_are_sorted_by_image_and_prior() -> None:
    scene = random_scene(1)
    found = task_aligned_assigner()(scene.priors, scene.targets, scene.proposals)
    point = found.image * len(scene.priors) + found.prior
    assert (point[1:] > point[:-1]).all()


def test_more_places_than_points_take_them_all() -> None:
    box = [0.0, 0.0, 24.0, 8.0]
    assert len(assign(TaskAlignedAssigner(topk=5000), [box], [box] * 3, [0.5] * 3)) == 3


def test_one_target_never_exceeds_topk() -> None:
    for topk in (1, 4, 10):
        scene = random_scene(2, counts=(8, 8))
        found = TaskAlignedAssigner(topk=topk)(scene.priors, scene.targets, scene.proposals)
        assert torch.bincount(found.target).max() <= topk


def test_predictions_without_extent_give_finite_quality() -> None:
    box = [0.0, 0.0, 24.0, 8.0]
    point = [12.0, 4.0, 12.0, 4.0]
    found = assign(TaskAlignedAssigner(guarantee=True), [box, point], [point] * 3, [0.5] * 3)
    assert found.quality.isfinite().all()
    assert set(found.target.tolist()) == {0, 1}


@pytest.mark.usefixtures("sparse_kernels")
@pytest.mark.parametrize("guarantee", [False, True])
@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
def test_nothing_the_size_of_batch_times_targets_times_priors_is_made(dialect: str, guarantee: bool) -> None:
    """One crowded image among thin ones: padding to it, or pairing it with every point, would show."""
    scene = random_scene(0, counts=(300, 2, 0, 5), canvas=(160, 160))
    limit = 4 * 300 * len(scene.priors)
    boxes = scene.targets.boxes.clone()
    boxes[:, 2:] = torch.minimum(boxes[:, 2:], boxes[:, :2] + 30)
    scene = replace(scene, targets=replace(scene.targets, boxes=boxes))
    assigner = task_aligned_assigner(dialect, guarantee=guarantee)
    with RecordedTensors() as record:
        found = assigner(scene.priors, scene.targets, scene.proposals)
    assert len(found) > 50
    assert record.created
    largest = max(record.created, key=lambda tensor: tensor.num_elements)
    assert largest.num_elements < (limit // 4 if dialect == "early" else limit // 20), largest
    assert not [tensor for tensor in record.created if {300, len(scene.priors)} <= set(tensor.shape)]


@pytest.mark.parametrize("guarantee", [False, True])
@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
def test_number_of_tensors_made_does_not_follow_the_batch(dialect: str, guarantee: bool) -> None:
    pair, assigner = random_scene(0, counts=(7, 4)), task_aligned_assigner(dialect, guarantee=guarantee)
    counts = []
    for copies in (1, 8, 1, 8):
        scene, _ = select_images(pair, [0, 1] * copies)
        with RecordedTensors() as record:
            found = assigner(scene.priors, scene.targets, scene.proposals)
        assert len(found) > 0
        counts.append(len(record.created))
    assert counts[2] == counts[3]  # the first calls also make what is kept for a canvas or a batch size


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"topk": 0}, "topk must be at least 1; found 0"),
        ({"alpha": -0.5}, "alpha must be a finite exponent of at least 0; found -0.5"),
        ({"beta": -6.0}, "beta must be a finite exponent of at least 0; found -6.0"),
        ({"beta": math.nan}, "beta must be a finite exponent of at least 0; found nan"),
        ({"guarantee_quality": 0.0}, r"guarantee_quality must lie in \(0, 1\]; found 0.0"),
        ({"guarantee_quality": 1.5}, r"found 1.5"),
    ],
)
def test_impossible_settings_are_named(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(TaskAlignedAssigner(), **changes)  # type: ignore[arg-type]


def test_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown dialect 'curent'\. Did you mean 'current'"):
        task_aligned_assigner("curent")


def test_missing_proposals_are_an_error_with_the_cure() -> None:
    scene = random_scene(0)
    with pytest.raises(ConfigError, match="pass proposals=Proposals"):
        TaskAlignedAssigner()(scene.priors, scene.targets)


def test_priors_with_several_per_cell_are_an_error_with_the_cure() -> None:
    scene = random_scene(0)
    boxes: Tensor = torch.ones(2, 4)
    doubled = Priors(boxes, torch.ones(2), torch.zeros(2, dtype=torch.int64), (LevelGrid(1, 1, 2, 0, 8),), (8, 8))
    with pytest.raises(ConfigError, match="one prior per cell; use PointGrid"):
        TaskAlignedAssigner()(doubled, scene.targets, scene.proposals)


def test_reasons_of_one_target() -> None:
    """Five points in a row; the target holds the first three, and the fourth is one cell away."""
    box, off = [0.0, 0.0, 24.0, 8.0], [30.0, 0.0, 40.0, 8.0]
    predicted = [box, [0.0, 0.0, 24.0, 6.0], off, box, box]
    _, found = explained(TaskAlignedAssigner(topk=1), [box], predicted, [0.25] * 5, priors_of((8, 40)))
    wanted = {0: Reason.POSITIVE, 1: Reason.BELOW_TOP_K, 2: Reason.NO_OVERLAP, 3: Reason.OUTSIDE_BOX}
    assert reasons(found) == wanted
    assert found.score.tolist() == pytest.approx([0.25] * 4)
    assert found.overlap[0].item() == pytest.approx(1.0)
    assert found.overlap[2].item() == 0.0
    assert found.quality.isnan().tolist() == [False, False, False, True]
    assert found.quality[0].item() == pytest.approx(1.0)
    assert found.quality[1].item() == pytest.approx(float(found.overlap[1]) ** 6)


def test_a_contested_point_is_lost_by_the_target_of_smaller_overlap() -> None:
    wide, narrow = [0.0, 0.0, 24.0, 8.0], [8.0, 0.0, 16.0, 8.0]
    _, found = explained(task_aligned_assigner("mid"), [wide, narrow], [wide, narrow, FAR], [0.25, 0.81, 0.5])
    assert reasons(found, 0) == {0: Reason.POSITIVE, 1: Reason.LOST, 2: Reason.NO_OVERLAP}
    assert reasons(found, 1) == {0: Reason.OUTSIDE_BOX, 1: Reason.POSITIVE, 2: Reason.OUTSIDE_BOX}


def test_a_point_won_outside_the_target_is_positive() -> None:
    whole, right = [0.0, 0.0, 24.0, 8.0], [16.0, 0.0, 24.0, 8.0]
    early = task_aligned_assigner("early")
    _, found = explained(early, [whole, whole, right], [FAR, right, FAR], [0.5, 0.5, 0.5])
    assert reasons(found, 2)[1] == Reason.POSITIVE
    assert reasons(found, 0)[1] == reasons(found, 1)[1] == Reason.LOST


def test_a_point_that_the_guarantee_took_is_lost() -> None:
    """The small target chooses the middle point and loses it to the large one, which has others; it gets it back."""
    large, small = [0.0, 0.0, 24.0, 8.0], [9.0, 1.0, 15.0, 7.0]
    predicted = [large, [0.0, 0.0, 24.0, 7.0], [0.0, 0.0, 24.0, 6.0]]
    plain = task_aligned_assigner("mid")
    _, before = explained(plain, [large, small], predicted, [0.5] * 3)
    assert reasons(before, 0) == dict.fromkeys(range(3), Reason.POSITIVE)
    assert reasons(before, 1) == {0: Reason.OUTSIDE_BOX, 1: Reason.LOST, 2: Reason.OUTSIDE_BOX}
    _, after = explained(replace(plain, guarantee=True), [large, small], predicted, [0.5] * 3)
    assert reasons(after, 0) == {0: Reason.POSITIVE, 1: Reason.LOST, 2: Reason.POSITIVE}
    assert reasons(after, 1)[1] == Reason.POSITIVE


def test_a_point_that_the_guarantee_gave_is_positive_wherever_it_lies() -> None:
    between = [[6.5, 2.0, 9.5, 6.0]]
    assigner = replace(task_aligned_assigner("mid"), guarantee=True)
    _, found = explained(assigner, between, [FAR] * 3, [0.5] * 3)
    assert reasons(found) == {0: Reason.POSITIVE, 1: Reason.OUTSIDE_BOX}
    assert found.quality[0].item() == pytest.approx(0.1)


def test_points_in_an_ignored_region_say_so() -> None:
    box = [0.0, 0.0, 16.0, 8.0]
    _, found = explained(TaskAlignedAssigner(), [box], [box] * 3, [0.5] * 3, ignore=[True])
    assert reasons(found) == {0: Reason.IGNORED_REGION, 1: Reason.IGNORED_REGION}


@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
def test_every_point_inside_and_one_cell_around_is_explained(dialect: str) -> None:
    scene = random_scene(0, counts=(12,))
    _, found = task_aligned_assigner(dialect).explain(scene.priors, scene.targets, scene.proposals)
    outside = found.because(Reason.OUTSIDE_BOX)
    listed = set(zip(found.target.tolist(), found.prior.tolist(), strict=True))
    margin = scene.priors.stride.unsqueeze(1) * torch.tensor([-1.0, -1.0, 1.0, 1.0])
    for row, box in enumerate(scene.targets.boxes):
        centre, wider = scene.priors.boxes[:, :2], box + margin
        around = ((centre > wider[:, :2]) & (centre < wider[:, 2:])).all(dim=1)
        assert {(row, prior) for prior in around.nonzero().flatten().tolist()} <= listed
        inside = centres_inside(scene.priors, box)
        assert not inside[outside.prior[outside.target == row]].any()


def test_what_was_below_top_k_is_no_better_aligned_than_what_was_chosen() -> None:
    scene = random_scene(1, counts=(20, 20))
    _, found = task_aligned_assigner().explain(scene.priors, scene.targets, scene.proposals)
    alignment = found.score.sqrt() * found.overlap**6
    num_low = 0
    for row in range(40):
        mine, its = found.target == row, alignment[found.target == row]
        low = its[(found.reason[mine] == Reason.BELOW_TOP_K)]
        high = its[found.reason[mine] == Reason.LOST]
        if len(low):
            assert (high >= low.amax()).all()
        num_low += len(low)
        assert (its[found.reason[mine] == Reason.NO_OVERLAP] == 0).all()
    assert num_low > 0


@pytest.mark.usefixtures("sparse_kernels")
def test_memory_of_reasons_follows_the_candidates() -> None:
    scene = random_scene(0, counts=(300,), canvas=(320, 320))
    with RecordedTensors() as record:
        task_aligned_assigner().explain(scene.priors, scene.targets, scene.proposals)
    assert not [tensor for tensor in record.created if {300, len(scene.priors)} <= set(tensor.shape)]
