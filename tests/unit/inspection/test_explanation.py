"""The explanation of a criterion, for each of the five systems and by hand."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from tests.contracts.explanation_laws import assert_explains, assert_same_assignment, reasons, triples
from tests.contracts.scenes import random_boxes
from torch import Tensor

from boxwright.assigners import MaxIouAssigner, ShapeRatioAssigner, task_aligned_assigner
from boxwright.coders import DistributionCoder
from boxwright.criterion import Criterion, retinanet_criterion, ssd_criterion, yolov5_criterion
from boxwright.inspection import explain
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, PointGrid, retinanet_anchors
from boxwright.samplers import BalancedSampler
from boxwright.structures import Predictions, Priors, Proposals, Reason, Targets
from boxwright.systems import build_system

CLASSES = 3
YOLOV5_ANCHORS = (((10.0, 13.0), (16.0, 30.0), (33.0, 23.0)), ((30.0, 61.0), (62.0, 45.0), (59.0, 119.0)))
Generate = Callable[[tuple[int, int]], Priors]
# Priors, canvas, numbers per code, whether there is objectness, and a background logit.
SYSTEMS: dict[str, tuple[Criterion, Generate, tuple[int, int], int, bool, bool]] = {
    "ssd_tiny": (ssd_criterion(dialect="tiny"), DEFAULT_BOXES["ssd_tiny"], (224, 224), 4, False, True),
    "ssd300": (ssd_criterion(), DEFAULT_BOXES["ssd300"], (300, 300), 4, False, True),
    "ssd300 torchvision": (ssd_criterion(dialect="torchvision"), DEFAULT_BOXES["ssd300"], (300, 300), 4, False, True),
    "retinanet": (retinanet_criterion(), retinanet_anchors(), (96, 128), 4, False, False),
    "retinanet sampled": (
        retinanet_criterion(dialect="mmdetection", sampler=BalancedSampler(32, seed=0)),
        retinanet_anchors(),
        (96, 128),
        4,
        False,
        False,
    ),
    "yolov5": (
        yolov5_criterion(CLASSES, strides=(8, 16)),
        AnchorGrid(YOLOV5_ANCHORS, (8, 16)),
        (96, 128),
        4,
        True,
        False,
    ),
    "yolov5 repeated": (
        yolov5_criterion(CLASSES, strides=(8, 16), repeats=True),
        AnchorGrid(YOLOV5_ANCHORS, (8, 16)),
        (96, 128),
        4,
        True,
        False,
    ),
    "yolov8": (build_system("yolov8n", CLASSES).criterion, PointGrid(), (96, 128), 64, False, False),
    "yolov8 with guarantee": (
        build_system("yolov8n", CLASSES, guarantee=True).criterion,
        PointGrid(),
        (96, 128),
        64,
        False,
        False,
    ),
    "yolov8-seg": (build_system("yolov8n-seg", CLASSES).criterion, PointGrid(), (96, 128), 64, False, False),
}
each = pytest.mark.parametrize("name", SYSTEMS)


def predictions_for(name: str, priors: Priors, batch_size: int, seed: int = 0) -> Predictions:
    _, _, _, code_size, has_objectness, has_background = SYSTEMS[name]
    generator = torch.Generator().manual_seed(seed)

    def blocks(size: int) -> tuple[Tensor, ...]:
        return tuple(
            torch.randn(batch_size, grid.priors_per_cell, size, grid.height, grid.width, generator=generator)
            for grid in priors.grids
        )

    return Predictions(
        blocks(CLASSES + has_background),
        blocks(code_size),
        {"objectness": blocks(1)} if has_objectness else {},
        has_background=has_background,
    )


def crowd(counts: tuple[int, ...], canvas: tuple[int, int], seed: int = 0, ignored: float = 0.0) -> Targets:
    generator = torch.Generator().manual_seed(seed)
    boxes = [random_boxes(generator, count, canvas, smallest=2.0, dtype=torch.float32) for count in counts]
    labels = [torch.randint(CLASSES, (count,), generator=generator) for count in counts]
    return Targets.from_lists(boxes, labels, [torch.rand(count, generator=generator) < ignored for count in counts])


@each
@pytest.mark.parametrize("counts", [(0, 0), (1, 0, 5), (90, 40)])
@pytest.mark.parametrize("ignored", [0.0, 0.2, 1.0])
def test_positives_by_reasons_are_the_assignment(name: str, counts: tuple[int, ...], ignored: float) -> None:
    criterion, generate, canvas, *_ = SYSTEMS[name]
    priors, targets = generate(canvas), crowd(counts, canvas, ignored=ignored)
    predictions = predictions_for(name, priors, len(counts))
    found = explain(criterion, predictions, priors, targets)
    proposals = Proposals(predictions, priors, criterion.decode)
    assert_same_assignment(found.before, criterion.assigner(priors, targets, proposals))
    assert_same_assignment(found.after, criterion.assign(predictions, priors, targets))
    positive, dropped = (set(triples(found.verdicts.because(reason))) for reason in (Reason.POSITIVE, Reason.DROPPED))
    assert positive == set(triples(found.after))
    assert positive | dropped == set(triples(found.before))
    assert (len(dropped) > 0) == (name == "retinanet sampled" and len(found.before) > len(found.after))
    reason = found.verdicts.reason
    undropped = reason.where(reason != Reason.DROPPED, int(Reason.POSITIVE))
    assert_explains(replace(found.verdicts, reason=undropped), found.before, targets, len(priors))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("ssd300", {Reason.POSITIVE, Reason.LOST, Reason.BELOW_THRESHOLD, Reason.IGNORED_REGION}),
        (
            "retinanet",
            {Reason.POSITIVE, Reason.LOST, Reason.IGNORE_BAND, Reason.BELOW_THRESHOLD, Reason.IGNORED_REGION},
        ),
        ("yolov5", {Reason.POSITIVE, Reason.SHAPE_RATIO, Reason.OTHER_CELL, Reason.IGNORED_REGION}),
        (
            "yolov8",
            {
                Reason.POSITIVE,
                Reason.OUTSIDE_BOX,
                Reason.BELOW_TOP_K,
                Reason.LOST,
                Reason.BEYOND_REACH,
                Reason.NO_OVERLAP,
                Reason.IGNORED_REGION,
            },
        ),
    ],
)
def test_which_system_gives_which_reasons(name: str, wanted: set[Reason]) -> None:
    """As the table in the documentation says."""
    criterion, generate, canvas, *_ = SYSTEMS[name]
    priors, targets = generate(canvas), crowd((90, 40), canvas, ignored=0.1)
    found = explain(criterion, predictions_for(name, priors, 2), priors, targets)
    assert {Reason(reason) for reason in found.verdicts.reason.tolist()} == wanted


def test_a_point_from_which_the_bins_do_not_reach_says_so() -> None:
    """A target of 64 pixels; of 5 bins the last is 4 strides away, so the points of the corners reach no far side."""
    coder = DistributionCoder(5)
    criterion = Criterion(replace(task_aligned_assigner(), topk=1), coder.decode, (), reaches=coder.reaches)
    priors = PointGrid((8,))((64, 64))
    targets = Targets.from_lists([torch.tensor([[0.0, 0.0, 64.0, 64.0]])], [torch.zeros(1)])
    generator = torch.Generator().manual_seed(0)
    blocks = [torch.randn(1, 1, size, 8, 8, generator=generator) + 1 for size in (1, 20)]
    predictions = Predictions((blocks[0],), (blocks[1],))
    found = reasons(explain(criterion, predictions, priors, targets).verdicts)
    beyond = {prior for prior, reason in found.items() if reason == Reason.BEYOND_REACH}
    assert beyond
    assert {prior for prior, reason in found.items() if reason == Reason.BELOW_TOP_K}.isdisjoint(beyond)
    blind = replace(criterion, reaches=None)
    without = reasons(explain(blind, predictions, priors, targets).verdicts)
    assert {prior for prior, reason in without.items() if found[prior] != reason} == beyond
    assert {without[prior] for prior in beyond} == {Reason.BELOW_TOP_K}
    from_middle = coder.reaches(boxes=targets.boxes.expand(64, 4), priors=priors.rows(torch.arange(64)))
    assert not from_middle[sorted(beyond)].any()


@pytest.mark.parametrize("name", ["yolov8", "yolov5", "retinanet", "ssd300"])
def test_every_system_knows_the_reach_of_its_coder(name: str) -> None:
    assert SYSTEMS[name][0].reaches is not None


def test_what_the_sampler_leaves_out_is_dropped() -> None:
    """One of two positives is drawn."""
    priors = AnchorGrid((((8.0, 8.0),),), (8,))((8, 16))
    criterion = retinanet_criterion(
        assigner=MaxIouAssigner(), sampler=BalancedSampler(2, positive_fraction=0.5, seed=0)
    )
    boxes = torch.tensor([[0.0, 0.0, 8.0, 8.0], [8.0, 0.0, 16.0, 8.0]])
    targets = Targets.from_lists([boxes], [torch.zeros(2)])
    predictions = Predictions((torch.zeros(1, 1, 1, 1, 2),), (torch.zeros(1, 1, 4, 1, 2),))
    found = explain(criterion, predictions, priors, targets)
    assert len(found.before) == 2
    assert len(found.after) == 1
    kept = int(found.after.target[0])
    assert reasons(found.verdicts, kept) == {kept: Reason.POSITIVE}
    assert reasons(found.verdicts, 1 - kept) == {1 - kept: Reason.DROPPED}


class Silent:
    """An assigner without reasons."""

    def __call__(self, *inputs: object) -> object:
        return ShapeRatioAssigner()(*inputs)  # type: ignore[arg-type]


def test_an_assigner_without_reasons_has_its_pairs_explained() -> None:
    criterion, generate, canvas, *_ = SYSTEMS["yolov5"]
    priors, targets = generate(canvas), crowd((5,), canvas)
    silent = replace(criterion, assigner=Silent())  # type: ignore[arg-type]
    found = explain(silent, predictions_for("yolov5", priors, 1), priors, targets)
    assert set(triples(found.verdicts)) == set(triples(found.after))


def test_moves_everything() -> None:
    criterion, generate, canvas, *_ = SYSTEMS["yolov5"]
    priors = generate(canvas)
    found = explain(criterion, predictions_for("yolov5", priors, 1), priors, crowd((5,), canvas)).to("meta")
    assert {found.before.prior.device.type, found.after.prior.device.type, found.verdicts.prior.device.type} == {"meta"}
