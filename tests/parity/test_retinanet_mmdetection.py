"""RetinaNet in MMDetection's conventions against recorded numbers: anchors, flags, targets, losses, gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor

from boxwright.assigners import MaxIouAssigner
from boxwright.assigners.usable_priors import priors_inside, priors_on_image
from boxwright.coders import DeltaCoder
from boxwright.criterion import Criterion, Matches, anchor_targets, retinanet_criterion, unmap
from boxwright.criterion.matches import gather_matches
from boxwright.geometry.boxes import clip_boxes, cxcywh_to_xyxy, xyxy_to_cxcywh
from boxwright.kernels.overlap_search import overlapping_pairs
from boxwright.losses import L1, PriorFocalLoss, SmoothL1
from boxwright.prior_generators import retinanet_anchors
from boxwright.samplers import KeepAll
from boxwright.structures import Assignment, Targets
from tests.parity.golden_cases import case_names, load
from tests.parity.retinanet_cases import Case, dense_assignment, mmdetection_case

FOLDER = "retinanet_mmdet"
CASES = case_names(FOLDER, "m")
EPSILON = 1.1920928955078125e-07
each = pytest.mark.parametrize("name", CASES)


class Recorded:
    """The sample that the recorded code drew."""

    def __init__(self, positive: Tensor, negative: Tensor) -> None:
        self.positive, self.negative = positive, negative

    def __call__(self, found: Assignment, prior_values: Any = None) -> Assignment:
        kept = self.positive[found.image, found.prior]
        return found.take(kept, ~(self.positive | self.negative))


def assigner_of(config: dict[str, Any]) -> MaxIouAssigner:
    return MaxIouAssigner(
        config["pos_iou_thr"],
        config["neg_iou_thr"],
        "last" if config["match_low_quality"] else "off",
        float(config["min_pos_iou"]),
        config["gt_max_assign_all"],
        ignore_share=float(config["ignore_iof_thr"]) if config["ignore_iof_thr"] >= 0 else None,
        ignored_may_match=False,
        allowed_border=float(config["allowed_border"]) if config["allowed_border"] >= 0 else None,
    )


def coder_of(config: dict[str, Any]) -> DeltaCoder:
    return DeltaCoder(tuple(config["coder_means"]), tuple(config["coder_stds"]))


def positive_weight(config: dict[str, Any]) -> float:
    return float(config["pos_weight"]) if config["pos_weight"] > 0 else 1.0


def criterion_of(config: dict[str, Any], arrays: dict[str, Tensor]) -> Criterion:
    is_random = config["sampler"] == "random"
    return retinanet_criterion(
        dialect="mmdetection",
        assigner=assigner_of(config),
        coder=coder_of(config),
        sampler=Recorded(arrays["sampled_pos"], arrays["sampled_neg"]) if is_random else None,
        box_loss=config["bbox_loss"],
        beta=config["beta"],
        box_gain=config["bbox_weight"],
        class_gain=config["cls_weight"],
        focal_gamma=config["gamma"],
        focal_alpha=config["alpha"],
        positive_weight=positive_weight(config),
    )


def read(name: str, dtype: torch.dtype = torch.float32) -> tuple[dict[str, Tensor], dict[str, Any], Case]:
    arrays, config = load(FOLDER, name)
    return arrays, config, mmdetection_case(arrays, config, dtype)


@each
def test_anchors_equal_the_recorded_ones_exactly(name: str) -> None:
    arrays, _, case = read(name)
    assert torch.equal(cxcywh_to_xyxy(case.priors.boxes), arrays["anchors"])


@each
def test_flags_equal_the_recorded_ones(name: str) -> None:
    arrays, config, case = read(name)
    valid = priors_on_image(case.priors, torch.tensor(config["pad_hw"]))
    assert torch.equal(valid, arrays["valid"])
    if config["allowed_border"] >= 0:
        valid &= priors_inside(case.priors, torch.tensor(config["image_hw"]), float(config["allowed_border"]))
    assert torch.equal(valid, arrays["inside"])


@each
def test_assignment_equals_the_recorded_one_in_every_place(name: str) -> None:
    """Also in the places that are recorded as ties: the arithmetic is the same."""
    arrays, config, case = read(name)
    found = assigner_of(config)(case.priors, case.targets)
    recorded = arrays["assigned"].long()
    assert torch.equal(dense_assignment(found, case), recorded.where(recorded >= -1, -1))


@each
def test_best_overlaps_equal_the_recorded_ones(name: str) -> None:
    """Wherever an anchor overlaps anything by more than next to nothing."""
    arrays, config, case = read(name)
    if config["ignore_iof_thr"] >= 0:
        return  # there the recorded value is −1 by a rule that comes before overlaps; see the assignment
    targets = case.targets
    found = overlapping_pairs(targets.boxes, case.priors, 1e-3, with_best=False)
    best = torch.zeros(targets.batch_size * len(case.priors))
    point = targets.image[found.row] * len(case.priors) + found.prior
    best.scatter_reduce_(0, point, found.overlap, "amax")
    compare = arrays["inside"] & (arrays["max_overlap"] >= 1e-3)
    torch.testing.assert_close(best.view_as(compare)[compare], arrays["max_overlap"][compare], rtol=1e-6, atol=0)


@each
def test_targets_and_weights_equal_the_recorded_ones(name: str) -> None:
    arrays, config, case = read(name)
    found = criterion_of(config, arrays).assign(case.predictions, case.priors, case.targets)
    dense = anchor_targets(
        found,
        case.priors,
        case.targets,
        num_classes=config["num_classes"],
        coder=coder_of(config),
        positive_weight=positive_weight(config),
    )
    assert torch.equal(dense.labels, arrays["labels"].long())
    assert torch.equal(dense.label_weights, arrays["label_weights"])
    assert torch.equal(dense.box_weights, arrays["bbox_weights"])
    torch.testing.assert_close(dense.box_targets, arrays["bbox_targets"], rtol=1e-4, atol=1e-5)


@each
def test_losses_and_gradients_equal_the_recorded_ones(name: str) -> None:
    arrays, config, case = read(name)
    losses = criterion_of(config, arrays)(case.predictions, case.priors, case.targets)
    torch.testing.assert_close(losses["class"].detach(), arrays["loss_cls"], rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(losses["box"].detach(), arrays["loss_bbox"], rtol=1e-5, atol=1e-8)
    total = torch.stack(list(losses.values())).sum()
    torch.testing.assert_close(total.detach(), arrays["loss_total"], rtol=1e-5, atol=1e-8)
    total.backward()
    for key, leaf in case.leaves.items():
        recorded = arrays[f"grad_{key}"]
        tolerance = 1e-5 * float(recorded.abs().max()) + 1e-8
        torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", [name for name in CASES if name != "m11_random_sampler"])  # a new sample was drawn
def test_losses_in_float64_equal_the_recorded_ones_closely(name: str) -> None:
    arrays, config, case = read(name, torch.float64)
    losses = criterion_of(config, arrays)(case.predictions, case.priors, case.targets)
    torch.testing.assert_close(losses["class"].detach(), arrays["loss_cls_f64"], rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(losses["box"].detach(), arrays["loss_bbox_f64"], rtol=1e-5, atol=1e-9)


@each
def test_losses_of_each_level_equal_the_recorded_ones(name: str) -> None:
    """The reducer is linear and has one divisor, so a level's loss is that of its values alone."""
    arrays, config, case = read(name)
    criterion = criterion_of(config, arrays)
    found = criterion.assign(case.predictions, case.priors, case.targets)
    matches = gather_matches(case.predictions, case.priors, case.targets, found)
    for term, key in zip(criterion.terms, ("loss_cls_per_level", "loss_bbox_per_level"), strict=True):
        levels = _losses_of_levels(term, matches)
        torch.testing.assert_close(levels, arrays[key], rtol=1e-5, atol=1e-7)


def _losses_of_levels(term: Any, matches: Matches) -> Tensor:
    seen = []

    def reduce(values: Tensor, assignment: Assignment, priors: Any) -> Tensor:
        level = priors.level.expand_as(values) if values.dim() == 2 else priors.level[assignment.prior]
        for index in range(len(priors.grids)):
            seen.append(term.reducer(values * (level == index), assignment, priors))
        return values.sum()

    copy = {name: getattr(term, name) for name in term.__slots__} | {"reducer": reduce}
    type(term)(**copy)(matches)
    return term.gain * torch.stack(seen).detach()


@each
def test_divisor_equals_the_recorded_one(name: str) -> None:
    arrays, config, case = read(name)
    criterion = criterion_of(config, arrays)
    found = criterion.assign(case.predictions, case.priors, case.targets)
    reducer: Any = criterion.terms[0].reducer  # type: ignore[attr-defined]
    one = torch.zeros(case.targets.batch_size, len(case.priors), dtype=torch.float64)
    one[0, 0] = 1
    assert (1 / reducer(one, found, case.priors)).item() == pytest.approx(arrays["avg_factor"].item() + EPSILON)


@each
def test_our_own_choices_differ_only_where_they_should(name: str) -> None:
    """Without shared best anchors, ignored regions and padding, the default gives the recorded assignment."""
    arrays, _, case = read(name)
    if name in {"m05_ignore_regions", "m06_inside_only", "m12_no_low_quality"}:
        return  # other thresholds than the default has
    ours = dense_assignment(MaxIouAssigner()(case.priors, case.targets), case)
    recorded = arrays["assigned"].long()
    recorded = recorded.where(recorded >= -1, -1)
    differs = bool((ours != recorded).any())
    assert differs == (name in {"m08_duplicates", "m13_shared_best_anchor"}), (ours != recorded).sum()
    assert torch.equal(ours > 0, recorded > 0), "who is positive is the same, only whose it is may differ"


def test_keeping_all_is_the_pseudo_sampler() -> None:
    arrays, config, case = read("m01_plain")
    found = KeepAll()(assigner_of(config)(case.priors, case.targets))
    dense = dense_assignment(found, case)
    assert torch.equal(dense > 0, arrays["sampled_pos"])
    assert torch.equal(dense == 0, arrays["sampled_neg"])


class TestOddAssignments:
    arrays = load(FOLDER, "x01_odd_assignments")[0]
    priors = retinanet_anchors()((64, 64))

    def assign(self, case: int, assigner: MaxIouAssigner) -> tuple[Tensor, Tensor]:
        """Gives our numbers and the recorded ones."""
        boxes = self.arrays[f"case{case}.gt"]
        assert torch.equal(self.arrays[f"case{case}.anchors"], cxcywh_to_xyxy(self.priors.boxes))
        found = assigner(self.priors, Targets.from_lists([boxes], [torch.zeros(len(boxes))]))
        dense = torch.zeros(len(self.priors), dtype=torch.int64)
        dense[found.ignored[0]] = -1
        dense[found.prior] = found.target + 1
        return dense, self.arrays[f"case{case}.assigned"].long()

    @pytest.mark.parametrize(
        ("case", "assigner"),
        [
            (0, MaxIouAssigner(forced="last", zero_overlap=True)),
            (1, MaxIouAssigner(forced="last", least_forced=0.01)),
            (2, MaxIouAssigner(forced="last", zero_overlap=True)),
            (3, MaxIouAssigner(forced="off")),
            (4, MaxIouAssigner(forced="last", all_ties=False)),
        ],
    )
    def test_equal_the_recorded_ones(self, case: int, assigner: MaxIouAssigner) -> None:
        found, recorded = self.assign(case, assigner)
        assert torch.equal(found, recorded)

    @pytest.mark.parametrize("case", [0, 2])
    def test_the_trap_takes_every_anchor_and_ours_none(self, case: int) -> None:
        """The first object overlaps no anchor; in the recording, the second one only keeps its best anchors."""
        found, recorded = self.assign(case, MaxIouAssigner())
        assert (recorded > 0).all()
        assert (recorded == 1).sum() > 0.9 * len(recorded)
        assert (found == 2).any()
        assert not (found == 1).any()


class TestParts:
    arrays = load(FOLDER, "x02_parts")[0]

    @pytest.mark.parametrize("size", [(96, 128), (64, 64)])
    def test_anchors(self, size: tuple[int, int]) -> None:
        priors = retinanet_anchors()(size)
        assert torch.equal(cxcywh_to_xyxy(priors.boxes), self.arrays[f"anchors_{size[0]}x{size[1]}"])
        for level, grid in enumerate(priors.grids):
            first = priors.boxes[grid.start : grid.start + grid.priors_per_cell]
            torch.testing.assert_close(cxcywh_to_xyxy(first), self.arrays[f"base_l{level}"])

    def test_valid_flags(self) -> None:
        for canvas, padded in (((96, 128), (76, 91)), ((64, 64), (44, 27))):
            found = priors_on_image(retinanet_anchors()(canvas), torch.tensor([padded]))
            key = f"valid_{canvas[0]}x{canvas[1]}_{padded[0]}x{padded[1]}"
            assert torch.equal(found[0], self.arrays[key])

    @pytest.mark.parametrize(
        ("which", "means", "stds"),
        [
            ("a", (0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)),
            ("b", (0.0, 0.0, 0.0, 0.0), (0.1, 0.1, 0.2, 0.2)),
            ("c", (0.02, -0.03, 0.1, 0.05), (0.2, 0.1, 0.3, 0.25)),
            ("clip", (0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)),
        ],
    )
    def test_coder(self, which: str, means: Any, stds: Any) -> None:
        coder, priors = DeltaCoder(means, stds), xyxy_to_cxcywh(self.arrays["coder.priors"])
        if which != "clip":
            encoded = coder.encode(boxes=self.arrays["coder.gt"], priors=priors)
            torch.testing.assert_close(encoded, self.arrays[f"coder.encode_{which}"], rtol=1e-4, atol=1e-5)
        codes = self.arrays["coder.deltas"].clone().requires_grad_()
        boxes = coder.decode(codes=codes, priors=priors)
        boxes = clip_boxes(boxes, (96, 128)) if which == "clip" else boxes
        recorded = self.arrays[f"coder.decode_{which}"]
        torch.testing.assert_close(boxes.detach(), recorded, rtol=1e-5, atol=1e-3)
        (gradient,) = torch.autograd.grad(boxes.sum(), codes)
        recorded = self.arrays[f"coder.decode_grad_{which}"]
        torch.testing.assert_close(gradient, recorded, rtol=1e-4, atol=1e-4)

    @pytest.mark.parametrize(("gamma", "alpha", "key"), [(2.0, 0.25, "g2_a0.25"), (1.5, 0.6, "g1.5_a0.6")])
    def test_focal(self, gamma: float, alpha: float, key: str) -> None:
        logits, labels = self.arrays["loss.logits"], self.arrays["loss.labels"].long()
        weights = self.arrays["loss.weights"]
        prior = (labels < logits.shape[1]).nonzero().squeeze(1)
        block = logits.t()[None, None, :, None].clone().requires_grad_()
        values = PriorFocalLoss(gamma, alpha)((block,), prior * 0, prior, labels[prior], torch.ones(len(prior)))[0]
        name = f"loss.focal_{key}"
        torch.testing.assert_close((values * weights).detach(), self.arrays[f"{name}_none.value"].sum(dim=1))
        for kind, divisor in (("mean", logits.numel()), ("avg7", 7 + EPSILON)):
            reduced = (values * weights if kind == "avg7" else values).sum() / divisor
            torch.testing.assert_close(reduced.detach(), self.arrays[f"{name}_{kind}.value"], rtol=1e-5, atol=0)
            (gradient,) = torch.autograd.grad(reduced, block, retain_graph=True)
            recorded = self.arrays[f"{name}_{kind}.grad"]
            torch.testing.assert_close(gradient[0, 0, :, 0].t(), recorded, rtol=1e-4, atol=1e-8)

    @pytest.mark.parametrize(
        ("loss", "key"), [(L1(), "l1"), (SmoothL1(0.11), "smooth_l1_0.11"), (SmoothL1(1.0), "smooth_l1_1")]
    )
    def test_code_losses(self, loss: Any, key: str) -> None:
        """Ours are summed over the four numbers, and pairs all have weight 1: columns are compared one by one."""
        weights = self.arrays["loss.box_weights"]
        codes = self.arrays["loss.pred"].clone().requires_grad_()
        columns = [loss(codes[:, i : i + 1], self.arrays["loss.target"][:, i : i + 1]) for i in range(4)]
        values = torch.stack(columns, dim=1)
        torch.testing.assert_close(
            (values * weights).detach(), self.arrays[f"loss.{key}_none.value"], rtol=1e-5, atol=1e-7
        )
        for kind, divisor in (("mean", codes.numel()), ("avg7", 7 + EPSILON)):
            reduced = (values * weights if kind == "avg7" else values).sum() / divisor
            torch.testing.assert_close(reduced.detach(), self.arrays[f"loss.{key}_{kind}.value"], rtol=1e-5, atol=0)
            (gradient,) = torch.autograd.grad(reduced, codes, retain_graph=True)
            recorded = self.arrays[f"loss.{key}_{kind}.grad"]
            torch.testing.assert_close(gradient, recorded, rtol=1e-4, atol=1e-8)


def test_unmapping_what_was_computed_inside_gives_the_recorded_rows() -> None:
    arrays, config, _ = read("m06_inside_only")
    inside = arrays["inside"][0]
    labels = unmap(arrays["labels"][0].long()[inside], inside, config["num_classes"])
    assert torch.equal(labels, arrays["labels"][0].long())
    boxes = unmap(arrays["bbox_targets"][0][inside], inside, 0)
    assert torch.equal(boxes, arrays["bbox_targets"][0])
