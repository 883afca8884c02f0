from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import MaxIouAssigner
from boxwright.errors import ConfigError
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.prior_generators import AnchorGrid, retinanet_anchors
from boxwright.structures import Assignment, Priors, Reason, Targets
from tests.contracts.assigner_laws import AssignerLaws
from tests.contracts.explanation_laws import reasons
from tests.contracts.scenes import Scene, random_scene

ANCHORS = retinanet_anchors(strides=(8, 16, 32), octave_base_scale=1.0)


class MaxIouLaws(AssignerLaws):
    def make_scene(self, seed: int, **options: Any) -> Scene:
        return random_scene(seed, generate=ANCHORS, **options)

    def region(self, priors: Priors, box: Tensor) -> Tensor:
        corners = cxcywh_to_xyxy(priors.boxes)
        sides = torch.minimum(corners[:, 2:], box[2:]) - torch.maximum(corners[:, :2], box[:2])
        covered: Tensor = sides.clamp(min=0).prod(dim=1) / priors.boxes[:, 2:].prod(dim=1) > 0.5
        return covered


class TestMaxIou(MaxIouLaws):
    def make(self) -> MaxIouAssigner:
        return MaxIouAssigner()


class TestRestoring(MaxIouLaws):
    def make(self) -> MaxIouAssigner:
        return MaxIouAssigner(forced="restore")


class TestWithoutForcing(MaxIouLaws):
    def make(self) -> MaxIouAssigner:
        return MaxIouAssigner(forced="off", ignored_may_match=False)


class TestOneTieInsideTheBorder(MaxIouLaws):
    def make(self) -> MaxIouAssigner:
        return MaxIouAssigner(negative=(0.1, 0.3), all_ties=False, least_forced=0.05, allowed_border=0.0)

    @pytest.mark.parametrize("batch_size", [1, 3])
    def test_no_targets_give_an_empty_assignment(self, batch_size: int) -> None:
        """Every anchor overlaps too little, so it is ignored."""
        scene = self.make_scene(0, counts=(0,) * batch_size)
        found = self.assign(scene)
        assert len(found) == 0
        assert found.ignored.all()


def row_of_anchors(*sides: tuple[float, float]) -> Priors:
    """One cell with some anchors at the origin."""
    anchors = tuple((float(width), float(height)) for width, height in sides)
    return AnchorGrid((anchors,), (64,), centre=0.0)((64, 64))


def centred(*sides: tuple[float, float]) -> Targets:
    boxes = torch.tensor([[-width / 2, -height / 2, width / 2, height / 2] for width, height in sides])
    return Targets.from_lists([boxes], [torch.zeros(len(sides))])


def columns(found: Assignment) -> list[tuple[int, int]]:
    return list(zip(found.prior.tolist(), found.target.tolist(), strict=True))


def test_bands_worked_by_hand() -> None:
    """IoU of 10 × 10 with 10 × h anchors: 1, 0.5 (enough), 0.45 (ignored), 0.4 (ignored), 0.3 (background)."""
    priors = row_of_anchors((10, 10), (10, 5), (10, 4.5), (10, 4), (10, 3))
    found = MaxIouAssigner()(priors, centred((10, 10)))
    assert columns(found) == [(0, 0), (1, 0)]
    assert found.ignored[0].tolist() == [False, False, True, True, False]
    assert found.quality.tolist() == [1.0, 1.0]


def test_a_band_with_a_lower_end_ignores_what_overlaps_too_little() -> None:
    priors = row_of_anchors((10, 10), (10, 4.5), (10, 3), (10, 0.5))
    found = MaxIouAssigner(negative=(0.1, 0.4))(priors, centred((10, 10)))
    assert found.ignored[0].tolist() == [False, True, False, True]


class TestForced:
    """Anchor 0 (10 × 10) is the best of target A (10 × 9, IoU 0.9) and of B (10 × 8, IoU 0.8)."""

    priors = row_of_anchors((10, 10))
    both = centred((10, 9), (10, 8))

    @pytest.mark.parametrize(("forced", "winner"), [("off", 0), ("best", 0), ("last", 1), ("restore", 0)])
    def test_who_gets_a_shared_best_anchor(self, forced: str, winner: int) -> None:
        assert columns(MaxIouAssigner(forced=forced)(self.priors, self.both)) == [(0, winner)]

    @pytest.mark.parametrize("forced", ["off", "best", "restore"])
    def test_ours_does_not_depend_on_the_order(self, forced: str) -> None:
        turned = centred((10, 8), (10, 9))
        assert columns(MaxIouAssigner(forced=forced)(self.priors, turned)) == [(0, 1)]

    @pytest.mark.parametrize(("forced", "owner"), [("off", 0), ("best", 1), ("last", 1), ("restore", 0)])
    def test_who_gets_an_anchor_that_is_better_for_a_target_with_others(self, forced: str, owner: int) -> None:
        """Anchor 10 × 9 is A's. Anchor 10 × 8 overlaps A by 0.89 and B by 0.75, and B has no better one."""
        found = MaxIouAssigner(forced=forced)(row_of_anchors((10, 9), (10, 8)), centred((10, 9), (10, 6)))
        assert columns(found) == [(0, 0), (1, owner)]

    @pytest.mark.parametrize("forced", ["best", "last", "restore"])
    def test_a_small_overlap_is_enough_down_to_the_least(self, forced: str) -> None:
        tiny = centred((1, 10))
        assert columns(MaxIouAssigner(forced=forced)(self.priors, tiny)) == [(0, 0)]
        assert columns(MaxIouAssigner(forced=forced, least_forced=0.1)(self.priors, tiny)) == [(0, 0)]
        assert columns(MaxIouAssigner(forced=forced, least_forced=0.11)(self.priors, tiny)) == []
        assert columns(MaxIouAssigner(forced="off")(self.priors, tiny)) == []

    def test_a_restored_anchor_may_overlap_its_target_less_than_any_threshold(self) -> None:
        """The small target claims the anchor with IoU 0.04; the anchor overlaps the large one more, 0.25."""
        priors = row_of_anchors((10, 10))
        targets = centred((2, 2), (20, 20))
        assert columns(MaxIouAssigner(forced="restore")(priors, targets)) == [(0, 1)]
        assert columns(MaxIouAssigner(forced="best")(priors, targets)) == [(0, 1)]


def test_all_ties_or_the_lowest() -> None:
    """A target between two cells overlaps the anchors of both equally."""
    priors = AnchorGrid((((4.0, 4.0),),), (8,), centre=0.0)((8, 16))
    targets = Targets.from_lists([torch.tensor([[0.0, -1.0, 8.0, 1.0]])], [torch.zeros(1)])
    assert columns(MaxIouAssigner()(priors, targets)) == [(0, 0), (1, 0)]
    assert columns(MaxIouAssigner(all_ties=False)(priors, targets)) == [(0, 0)]


class TestIgnoredRegions:
    priors = row_of_anchors((10, 10), (20, 20), (40, 40))
    region = Targets(
        torch.tensor([[-10.0, -10, 10, 10], [-5, -5, 5, 5]]),
        torch.zeros(2, dtype=torch.int64),
        torch.zeros(2, dtype=torch.int64),
        torch.tensor([True, False]),
        1,
    )

    def test_share_is_of_the_anchor_and_an_object_inside_keeps_its_anchors(self) -> None:
        """The region covers the two smaller anchors, and a quarter of the large one."""
        found = MaxIouAssigner()(self.priors, self.region)
        assert columns(found) == [(0, 1)]
        assert found.ignored[0].tolist() == [False, True, False]

    def test_or_loses_them(self) -> None:
        """Then the object claims the anchor that is left."""
        found = MaxIouAssigner(ignored_may_match=False)(self.priors, self.region)
        assert columns(found) == [(2, 1)]
        assert found.ignored[0].tolist() == [True, True, False]

    def test_the_share_is_a_limit_that_must_be_exceeded(self) -> None:
        quarter = MaxIouAssigner(ignore_share=0.25)(self.priors, self.region)
        less = MaxIouAssigner(ignore_share=0.24)(self.priors, self.region)
        assert (bool(quarter.ignored[0, 2]), bool(less.ignored[0, 2])) == (False, True)

    def test_none_takes_the_region_for_background(self) -> None:
        found = MaxIouAssigner(ignore_share=None)(self.priors, self.region)
        assert not found.ignored.any()


def test_anchors_beyond_an_image_are_ignored_and_matched_with_nothing() -> None:
    scene = random_scene(0, counts=(6, 6), generate=ANCHORS)
    sizes = torch.tensor([[40, 50], [64, 96]])
    targets = replace(scene.targets, image_sizes=sizes)
    found = MaxIouAssigner(size_multiple=16)(scene.priors, targets)
    corner = scene.priors.boxes[:, :2]
    beyond = (corner[:, 0] >= 64) | (corner[:, 1] >= 48)
    assert found.ignored[0, beyond].all()
    assert not beyond[found.prior[found.image == 0]].any()


def test_an_image_without_any_usable_anchor_is_no_error() -> None:
    """Published code raises."""
    priors = row_of_anchors((100, 100))
    found = MaxIouAssigner(allowed_border=0.0)(priors, centred((10, 10)))
    assert columns(found) == []
    assert found.ignored.all()


def test_equals_the_dense_assignment() -> None:
    """The definition, with all pairs measured and loops over anchors."""
    for seed in range(5):
        scene = random_scene(seed, counts=(12,), canvas=(128, 160), generate=retinanet_anchors())
        overlap = pairwise_iou(scene.targets.boxes, cxcywh_to_xyxy(scene.priors.boxes))
        claims = (overlap == overlap.amax(dim=1, keepdim=True)) & (overlap > 0)
        best = overlap.max(dim=0)
        wanted = {}
        for prior in range(len(scene.priors)):
            claimants = claims[:, prior].nonzero().flatten()
            if len(claimants):
                wanted[prior] = int(claimants[overlap[claimants, prior].argmax()])
            elif best.values[prior] >= 0.5:
                wanted[prior] = int(best.indices[prior])
        found = MaxIouAssigner()(scene.priors, scene.targets)
        assert dict(columns(found)) == wanted
        band = (best.values >= 0.4) & (best.values < 0.5)
        band[list(wanted)] = False
        assert torch.equal(found.ignored[0], band)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"positive": 1.5}, "The bands must be in order"),
        ({"positive": 0.3}, "The bands must be in order, 0 < negative <= positive <= 1; found negative 0.4"),
        ({"negative": (0.4, 0.4)}, "The bands must be in order"),
        ({"forced": "first"}, "Unknown rule for forced anchors 'first'"),
        ({"ignore_share": 2.0}, "ignore_share must lie in 0 to 1; found 2.0"),
        ({"zero_overlap": True}, "zero_overlap is the trap of"),
    ],
)
def test_fields_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MaxIouAssigner(**options)


def test_reasons_of_the_bands() -> None:
    """IoU of 10 × 10 with 10 × h anchors: 1, 0.5, 0.45, 0.4, 0.3; 0.1 is under half the limit and not listed."""
    priors = row_of_anchors((10, 10), (10, 5), (10, 4.5), (10, 4), (10, 3), (10, 1))
    _, found = MaxIouAssigner().explain(priors, centred((10, 10)))
    pair, band = Reason.POSITIVE, Reason.IGNORE_BAND
    assert reasons(found) == {0: pair, 1: pair, 2: band, 3: band, 4: Reason.BELOW_THRESHOLD}
    assert found.overlap.tolist() == pytest.approx([1, 0.5, 0.45, 0.4, 0.3])


def test_reasons_of_a_band_with_a_lower_end() -> None:
    priors = row_of_anchors((10, 10), (10, 4.5), (10, 3), (10, 0.8))
    _, found = MaxIouAssigner(negative=(0.1, 0.4)).explain(priors, centred((10, 10)))
    band = Reason.IGNORE_BAND
    assert reasons(found) == {0: Reason.POSITIVE, 1: band, 2: Reason.BELOW_THRESHOLD, 3: band}


def test_an_anchor_of_another_target_is_not_in_the_ignore_band() -> None:
    """Anchor 10 × 4.5 overlaps A (10 × 10) by 0.45, but it is B's."""
    _, found = MaxIouAssigner().explain(row_of_anchors((10, 10), (10, 4.5)), centred((10, 10), (10, 4.5)))
    assert reasons(found, 0) == {0: Reason.POSITIVE, 1: Reason.BELOW_THRESHOLD}
    assert reasons(found, 1) == {0: Reason.BELOW_THRESHOLD, 1: Reason.POSITIVE}


@pytest.mark.parametrize(("forced", "lost"), [("off", 1), ("best", 1), ("last", 0), ("restore", 1)])
def test_a_shared_best_anchor_is_lost_by_one(forced: str, lost: int) -> None:
    _, found = MaxIouAssigner(forced=forced).explain(row_of_anchors((10, 10)), centred((10, 9), (10, 8)))
    assert reasons(found, lost) == {0: Reason.LOST}
    assert reasons(found, 1 - lost) == {0: Reason.POSITIVE}


def test_a_claim_lost_under_every_threshold_is_lost() -> None:
    _, found = MaxIouAssigner().explain(row_of_anchors((10, 10)), centred((10, 2), (10, 1)))
    assert reasons(found, 1) == {0: Reason.LOST}


@pytest.mark.parametrize("may_match", [False, True])
def test_reasons_in_an_ignored_region(may_match: bool) -> None:
    """Two anchors; all of the smaller one lies in the region."""
    targets = replace(centred((10, 10), (10, 6)), ignore=torch.tensor([False, True]))
    assigner = MaxIouAssigner(ignored_may_match=may_match)
    _, found = assigner.explain(row_of_anchors((10, 12), (10, 6)), targets)
    own = Reason.POSITIVE if may_match else Reason.IGNORED_REGION
    assert reasons(found, 0) == {0: Reason.POSITIVE, 1: own}
    assert reasons(found, 1) == {1: Reason.IGNORED_REGION}


def test_an_anchor_beyond_the_image_says_so() -> None:
    priors = AnchorGrid((((10.0, 10.0),),), (8,))((8, 24))
    boxes = torch.tensor([[8.0, 0.0, 24.0, 8.0]])
    targets = replace(Targets.from_lists([boxes], [torch.zeros(1)]), image_sizes=torch.tensor([[8, 16]]))
    _, found = MaxIouAssigner(size_multiple=8).explain(priors, targets)
    assert reasons(found)[1] == Reason.POSITIVE
    assert reasons(found)[2] == Reason.OUTSIDE_IMAGE


def test_the_zero_overlap_trap_is_shown_as_it_is() -> None:
    trap = MaxIouAssigner(forced="last", zero_overlap=True)
    targets = Targets.from_lists([torch.tensor([[90.0, 90.0, 90.0, 90.0]])], [torch.zeros(1)])
    _, found = trap.explain(row_of_anchors((10, 10), (10, 5)), targets)
    assert reasons(found) == {0: Reason.POSITIVE, 1: Reason.POSITIVE}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_reasons_agree_with_the_matrix_of_overlaps(seed: int) -> None:
    """Every anchor of half the limit, or half the target's best, is listed; and the words fit the numbers."""
    scene = random_scene(seed, counts=(30,), generate=ANCHORS)
    _, found = MaxIouAssigner().explain(scene.priors, scene.targets)
    overlap = pairwise_iou(scene.targets.boxes, cxcywh_to_xyxy(scene.priors.boxes))
    least = overlap.amax(dim=1).clamp(max=0.4) / 2
    wanted = {tuple(row) for row in (overlap > least.unsqueeze(1) + 1e-6).nonzero().tolist()}
    assert wanted <= set(zip(found.target.tolist(), found.prior.tolist(), strict=True))
    torch.testing.assert_close(found.overlap, overlap[found.target, found.prior])
    assert (found.because(Reason.BELOW_THRESHOLD).overlap < 0.5).all()
    band = found.because(Reason.IGNORE_BAND)
    assert ((band.overlap >= 0.4) & (band.overlap < 0.5)).all()
    assert (overlap[:, band.prior].amax(dim=0) < 0.5).all()


@pytest.mark.parametrize("choice", ["sparse", "reference"])
def test_the_share_may_be_of_the_region(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """MMDetection's `ignore_wrt_candidates=False`: a small region inside a large anchor ignores it."""
    monkeypatch.setenv("BOXWRIGHT_KERNELS", choice)
    priors = AnchorGrid((((16.0, 16.0),),), (16,))((16, 32))
    region = torch.tensor([[2.0, 2.0, 6.0, 6.0]])
    targets = Targets.from_lists([region], [torch.zeros(1)], [torch.ones(1, dtype=torch.bool)])
    of_anchor = MaxIouAssigner(ignore_share=0.5)(priors, targets)
    of_region = MaxIouAssigner(ignore_share=0.5, share_of="region")
    assert not of_anchor.ignored.any()
    assert of_region(priors, targets).ignored.tolist() == [[True, False]]
    verdicts = of_region.explain(priors, targets)[1]
    assert verdicts.prior.tolist() == [0]
    with pytest.raises((ConfigError, TypeError), match="region"):
        MaxIouAssigner(share_of="regions")  # type: ignore[arg-type]


def test_negative_is_a_limit_or_a_pair() -> None:
    for wrong in ([0.1], [0.1, 0.2, 0.4]):
        with pytest.raises(ConfigError, match=r"negative is a limit, or a pair \(least, limit\); found"):
            MaxIouAssigner(negative=wrong)
