"""ATSS, FCOS and SimOTA against what MMDetection's heads recorded: assignments, losses, gradients."""

from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from boxwright.assigners import AtssAssigner, FcosAssigner, SimOtaAssigner
from boxwright.coders import DeltaCoder, LtrbCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, PairClassificationTerm, Term
from boxwright.criterion.centreness import CentrenessTerm, centreness
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.losses import AlphaIoULoss, BinaryCrossEntropy, OverlapLoss, PriorFocalLoss
from boxwright.prior_generators import PointGrid, retinanet_anchors
from boxwright.reducers import ByPositives, ByQuality, PairMean
from boxwright.structures import Assignment, Predictions, Priors, Proposals, Targets
from tests.parity.golden_cases import case_names, load

FOLDER = "assigners_mmdet"
OTHERS = ("atss_6_ignored_by_share", "atss_7_on_cells")
KINDS = ("atss", "fcos", "sim_ota")
CASES = [(kind, name) for kind in KINDS for name in case_names(FOLDER, kind) if name not in OTHERS]
each = pytest.mark.parametrize(("kind", "name"), CASES)
CODERS: dict[str, Any] = {"atss": DeltaCoder(stds=(0.1, 0.1, 0.2, 0.2)), "fcos": LtrbCoder(), "sim_ota": DeltaCoder()}


class Case(NamedTuple):
    """A recorded scene and what a head predicted there."""

    arrays: dict[str, Tensor]
    priors: Priors
    targets: Targets
    leaves: tuple[Tensor, Tensor, Tensor]
    coder: Any

    @property
    def predictions(self) -> Predictions:
        logits, codes, further = self.leaves
        return Predictions.from_dense(logits, codes, self.priors, further={"centreness": further})

    @property
    def objectness(self) -> Predictions:
        return Predictions.from_dense(self.leaves[2], self.leaves[1], self.priors)

    def numbered(self, found: Assignment) -> Tensor:
        """As recorded: k > 0 for the k-th object of the image, and 0; nothing is ignored."""
        counts = torch.bincount(self.targets.image, minlength=self.targets.batch_size)
        dense = torch.zeros(found.ignored.shape, dtype=torch.int64)
        dense[found.image, found.prior] = found.target - (counts.cumsum(0) - counts)[found.image] + 1
        return dense

    def rows(self, found: Assignment) -> tuple[Tensor, Tensor]:
        """Priors and boxes of the pairs."""
        return self.priors.rows(found.prior), self.targets.boxes[found.target]


def read(kind: str, name: str, dtype: torch.dtype = torch.float32) -> Case:
    arrays, config = load(FOLDER, name)
    canvas, strides = tuple(config["canvas"]), tuple(config["strides"])
    anchors = retinanet_anchors(strides=strides, octave_base_scale=8.0, scales_per_octave=1, ratios=(1.0,))
    priors = anchors(canvas) if kind == "atss" else PointGrid(strides)(canvas)
    boxes, rows = arrays["boxes"].to(dtype), (arrays["labels"], arrays["image"], arrays["ignore"].bool())
    targets = Targets(boxes, *rows, len(config["counts"]))
    codes = arrays["box"].to(dtype)
    if kind == "sim_ota":  # shifts are counted from the corner of the cell there, here from its middle
        codes = codes - torch.tensor([0.5, 0.5, 0, 0], dtype=dtype)
    leaves = (arrays["cls"].to(dtype), codes, arrays["further"].to(dtype))
    first, second, third = (leaf.clone().requires_grad_() for leaf in leaves)
    return Case(arrays, priors, targets, (first, second, third), CODERS[kind])


def assigned(kind: str, case: Case, candidates: str = "all") -> Assignment:
    if kind == "atss":
        return AtssAssigner()(case.priors, case.targets)
    if kind == "fcos":
        return FcosAssigner()(case.priors, case.targets)
    with torch.no_grad():  # the score of YOLOX is that of the class times that of an object
        logits, codes, further = (leaf.detach() for leaf in case.leaves)
        joint = (logits.double().sigmoid() * further.double().sigmoid()).logit()
    predictions = Predictions.from_dense(joint, codes.double(), case.priors)
    proposals = Proposals(predictions, case.priors, case.coder.decode)
    return SimOtaAssigner(candidates=candidates)(case.priors, case.targets, proposals)  # type: ignore[arg-type]


@dataclass(frozen=True)
class BySummedWeight:
    """What the published box losses are divided by; the epsilon counts where one small object has all weight."""

    least: float

    def __call__(self, values: Tensor, assignment: Assignment, priors: Priors) -> Tensor:
        return values.sum() / (assignment.weight.sum().clamp(min=self.least) + torch.finfo(torch.float32).eps)


class Given:
    """Gives the assignment that was compared."""

    def __init__(self, found: Assignment) -> None:
        self.found = found

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        return self.found


def losses_of(kind: str, case: Case) -> dict[str, Tensor]:
    """By recorded name. The published heads count priors in ignored regions as background, so here they count too."""
    found = assigned(kind, case)
    found = replace(found, ignored=torch.zeros_like(found.ignored))
    decode, ones = case.coder.decode, torch.ones(len(found))
    counts = PairMean() if kind == "sim_ota" else ByPositives() if kind == "atss" else ByQuality()

    def loss(term: Term, predictions: Predictions, quality: Tensor | None = None) -> Tensor:
        given = found if quality is None else replace(found, quality=quality, weight=quality)
        labels = case.targets.labels % predictions.num_classes  # objectness is one class
        criterion = Criterion(Given(given), decode, (term,), times_batch_size=False)
        return criterion(predictions, case.priors, replace(case.targets, labels=labels))[term.name]

    if kind == "sim_ota":
        classes = PairClassificationTerm(gain=2.0, reducer=counts)  # of both classes the sum, not the mean
        objects = ClassificationTerm(gain=1.0, loss=BinaryCrossEntropy(), reducer=counts)
        return {
            "loss_cls": loss(classes, case.predictions),
            "loss_bbox": loss(BoxRegressionTerm(decode, 5.0, AlphaIoULoss(2.0, "iou"), counts), case.predictions),
            "loss_obj": loss(objects, case.objectness, ones),
        }
    # a pair counts by its centreness in the box loss, which is divided by the sum of them
    central = centreness(*case.rows(found))
    least = BySummedWeight(1.0 if kind == "atss" else 1e-6)
    boxes = BoxRegressionTerm(decode, 2.0 if kind == "atss" else 1.0, OverlapLoss("giou"), least)
    return {
        "loss_cls": loss(ClassificationTerm(1.0, PriorFocalLoss(2.0, 0.25), counts), case.predictions),
        "loss_bbox": loss(boxes, case.predictions, central),
        "loss_centerness": loss(CentrenessTerm(reducer=counts), case.predictions),
    }


@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_assignment_equals_the_recorded_one_in_every_place(kind: str, name: str, dtype: torch.dtype) -> None:
    case = read(kind, name, dtype)
    recorded = case.arrays["assigned" if dtype == torch.float32 else "assigned_f64"].long()
    assert torch.equal(case.numbered(assigned(kind, case)), recorded)


@each
def test_losses_and_gradients_equal_the_recorded_ones(kind: str, name: str) -> None:
    case = read(kind, name)
    losses = losses_of(kind, case)
    for key, loss in losses.items():
        torch.testing.assert_close(loss.detach(), case.arrays[key], rtol=1e-5, atol=1e-6)
    gradients = torch.autograd.grad(torch.stack(list(losses.values())).sum(), case.leaves, materialize_grads=True)
    for gradient, key in zip(gradients, ("grad_cls", "grad_box", "grad_further"), strict=True):
        torch.testing.assert_close(gradient, case.arrays[key], rtol=1e-4, atol=1e-6)


@each
def test_losses_in_float64_equal_the_recorded_ones_closely(kind: str, name: str) -> None:
    """Cross-entropy is float32 in the recorded code, whatever the logits are; it was not recorded again."""
    case = read(kind, name, torch.float64)
    losses = {key: loss for key, loss in losses_of(kind, case).items() if f"{key}_f64" in case.arrays}
    assert "loss_bbox" in losses
    for key, loss in losses.items():
        torch.testing.assert_close(loss.detach(), case.arrays[f"{key}_f64"], rtol=1e-6, atol=1e-9)


def alone(case: Case, box: Tensor, candidates: Tensor) -> Tensor:
    """Marks the anchors that algorithm 1 of ATSS makes positive for one object, given its candidates."""
    overlap = pairwise_iou(box[None].double(), cxcywh_to_xyxy(case.priors.boxes.double()))[0]
    place, some = case.priors.boxes[:, :2], overlap[candidates]
    enough = (overlap >= some.mean() + some.std()) & ((place > box[:2]) & (place < box[2:])).all(dim=1)
    return torch.zeros(len(overlap), dtype=torch.bool).index_fill(0, candidates, True) & enough


def candidate_sets(case: Case, box: Tensor, left_out: Tensor) -> list[Tensor]:
    """All ways to take the nine nearest anchors of each level, where several are equally near."""
    centre = (box[:2] + box[2:]) / 2
    distance = (case.priors.boxes[:, :2] - centre).square().sum(dim=1).masked_fill(left_out, torch.inf)
    ways: list[list[Tensor]] = []
    for grid in case.priors.grids:
        level = torch.arange(grid.start, grid.stop)
        last = distance[level].sort().values[min(9, len(level)) - 1]
        sure, tied = level[distance[level] < last], level[distance[level] == last]
        taken = combinations(tied.tolist(), min(9, len(level)) - len(sure))
        ways.append([torch.cat((sure, torch.tensor(some))) for some in taken])
    return [torch.cat(way) for way in product(*ways)]


def readings(case: Case, left_out: Tensor) -> list[Tensor]:
    """Every assignment of the first image that ATSS allows, as recorded, with all choices between equal distances."""
    boxes = case.targets.boxes[(case.targets.image == 0) & ~case.targets.ignore]
    ways = [torch.stack([alone(case, box, some) for some in candidate_sets(case, box, left_out)]) for box in boxes]
    overlap = pairwise_iou(boxes.double(), cxcywh_to_xyxy(case.priors.boxes.double()))
    found = []
    for way in product(*(each.unique(dim=0) for each in ways)):
        best = overlap.where(torch.stack(way), -1.0).max(dim=0)
        found.append((best.indices + 1) * (best.values >= 0))
    return found


def test_of_equally_near_anchors_both_take_some() -> None:
    """The recording has those that a sort happened to leave first; here the lowest count, on every machine."""
    case = read("atss", "atss_7_on_cells")
    ours, recorded = case.numbered(assigned("atss", case))[0], case.arrays["assigned"][0].long()
    allowed = readings(case, torch.zeros(len(case.priors), dtype=torch.bool))
    assert any(torch.equal(ours, each) for each in allowed)
    assert any(torch.equal(recorded, each) for each in allowed)
    assert not torch.equal(ours, recorded)


def test_regions_differ_by_what_lies_in_them_and_by_who_may_match() -> None:
    """There, anchors of which more than half lies in a region are no candidates; here those are ignored whose centre
    lies in it, unless they are positive. Without a region both are the same, and so is the recording with the default
    options, which ignore nothing.
    """
    case = read("atss", "atss_6_ignored_by_share")
    corners, regions = cxcywh_to_xyxy(case.priors.boxes), case.targets.boxes[case.targets.ignore][:2]
    common = (corners[:, None, 2:].minimum(regions[:, 2:]) - corners[:, None, :2].maximum(regions[:, :2])).clamp(min=0)
    covered = (common.prod(dim=2) / (corners[:, 2:] - corners[:, :2]).prod(dim=1, keepdim=True) > 0.5).any(dim=1)
    recorded = case.arrays["assigned"][0].long()
    assert torch.equal(recorded == -1, covered)
    (allowed,) = readings(case, covered)
    assert torch.equal(recorded.clamp(min=0), allowed)
    found, place = assigned("atss", case), case.priors.boxes[:, None, :2]
    inside = ((place > regions[:, :2]) & (place < regions[:, 2:])).all(dim=2).any(dim=1)
    assert torch.equal(found.ignored[0], inside & (case.numbered(found)[0] == 0))
    (allowed,) = readings(case, torch.zeros_like(covered))
    assert torch.equal(case.numbered(found)[0], allowed)


def numbers_of_points(case: Case) -> tuple[Tensor, Tensor]:
    """How many points each object asks for, by the boxes at its own points, and by those of all objects."""
    boxes, place = case.targets.boxes, case.priors.boxes[:, :2]
    centre, reach = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2, 2.5 * case.priors.stride[:, None]
    own = ((place > boxes[:, None, :2]) & (place < boxes[:, None, 2:])).all(dim=2)
    own |= ((place - centre).abs() < reach).all(dim=2)
    decoded = case.coder.decode(codes=case.leaves[1][0].detach(), priors=case.priors.rows(torch.arange(len(place))))
    overlap = pairwise_iou(boxes, decoded)
    sums = [(overlap * tried).topk(10).values.sum(dim=1) for tried in (own, own.any(dim=0))]
    return sums[0].long().clamp(min=1), sums[1].long().clamp(min=1)


@pytest.mark.parametrize("name", case_names(FOLDER, "sim_ota"))
def test_targets_that_try_their_own_points_differ_only_where_others_overlap_them(name: str) -> None:
    """In the crowd, two objects ask for more points, since boxes at points of others overlap them well too; without
    these two there is no difference.
    """
    case = read("sim_ota", name)
    own, recorded = case.numbered(assigned("sim_ota", case, "own")), case.arrays["assigned"].long()
    assert torch.equal(own, recorded) == (name != "sim_ota_2_crowded")
    if name == "sim_ota_2_crowded":
        fewer, more = numbers_of_points(case)
        assert (more >= fewer).all()
        rest, targets = more == fewer, case.targets
        columns = (targets.boxes[rest], targets.labels[rest], targets.image[rest], targets.ignore[rest])
        case = case._replace(targets=Targets(*columns, targets.batch_size))
        both = [case.numbered(assigned("sim_ota", case, whose)) for whose in ("own", "all")]
        assert torch.equal(*both)
