"""Both implementations of the kernels give the same assignments, bit for bit, on random scenes of every kind.

So do their reasons, and the assignment that is explained is the one that is made.
"""

import pytest
import torch

from boxwright.assigners import (
    TASK_ALIGNED_DIALECTS,
    BipartiteAssigner,
    ExplainingAssigner,
    MaxIouAssigner,
    ShapeRatioAssigner,
    TaskAlignedAssigner,
    task_aligned_assigner,
)
from boxwright.geometry.suppression import class_aware_nms
from boxwright.kernels.choice import VARIABLE
from boxwright.kernels.suppression import survivors
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, retinanet_anchors
from boxwright.structures import Assignment, Priors, Targets, Verdicts
from boxwright.systems.yolov5 import COCO_ANCHORS
from tests.contracts.explanation_laws import assert_explains, assert_same_assignment, assert_same_verdicts
from tests.contracts.scenes import random_scene

COUNTS = ((3, 0, 7, 1), (40, 25))
SEEDS = range(4)
MAX_IOU = [
    MaxIouAssigner(forced=forced, all_ties=all_ties, negative=negative, ignored_may_match=may_match)
    for forced, all_ties, negative, may_match in (
        ("best", True, 0.4, True),
        ("best", False, (0.1, 0.3), False),
        ("last", True, 0.3, True),
        ("restore", True, 0.4, False),
        ("restore", False, 0.4, True),
        ("off", True, 0.4, True),
    )
]
MAX_IOU += [MaxIouAssigner(forced="last", zero_overlap=True), MaxIouAssigner(allowed_border=0.0, size_multiple=1)]


def both(
    assigner: ExplainingAssigner, priors: Priors, targets: Targets, proposals: object, patch: pytest.MonkeyPatch
) -> None:
    found: list[Assignment] = []
    verdicts: list[Verdicts] = []
    for path in ("sparse", "reference"):
        patch.setenv(VARIABLE, path)
        found.append(assigner(priors, targets, proposals))  # type: ignore[arg-type]
        explained, why = assigner.explain(priors, targets, proposals)  # type: ignore[arg-type]
        assert_same_assignment(explained, found[-1])
        assert_explains(why, explained, targets, len(priors))
        verdicts.append(why)
    assert_same_assignment(*found)
    assert_same_verdicts(*verdicts)


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("guarantee", [False, True])
@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
def test_task_aligned(dialect: str, guarantee: bool, counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in SEEDS:
        scene = random_scene(seed, counts=counts, ignored=0.2)
        assigner = task_aligned_assigner(dialect, guarantee=guarantee)
        both(assigner, scene.priors, scene.targets, scene.proposals, monkeypatch)


@pytest.mark.parametrize("assigner", [TaskAlignedAssigner(topk=1), TaskAlignedAssigner(topk=500, alpha=1.0, beta=0.0)])
def test_task_aligned_with_other_numbers(assigner: TaskAlignedAssigner, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in SEEDS:
        scene = random_scene(seed, counts=(5, 30), ignored=0.1)
        both(assigner, scene.priors, scene.targets, scene.proposals, monkeypatch)


def targets_on(canvas: tuple[int, int], seed: int, counts: tuple[int, ...]) -> Targets:
    """Boxes of all sizes, some of them equal, some without area or outside, a fifth ignored; images smaller than it."""
    generator = torch.Generator().manual_seed(seed)
    count = sum(counts)
    low = torch.rand(count, 2, generator=generator) * canvas[0] - 10
    boxes = torch.cat((low, low + torch.rand(count, 2, generator=generator).square() * canvas[0]), dim=1).round()
    boxes[count // 2 :: 7] = boxes[0]
    image = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    ignore = torch.rand(count, generator=generator) < 0.2
    sizes = torch.tensor([[canvas[0] - 20 * (number % 3), canvas[1]] for number in range(len(counts))])
    return Targets(boxes, torch.zeros_like(image), image, ignore, len(counts), image_sizes=sizes)


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("assigner", MAX_IOU, ids=range(len(MAX_IOU)))
def test_max_iou(assigner: MaxIouAssigner, counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    priors = retinanet_anchors()((128, 128))
    for seed in SEEDS:
        both(assigner, priors, targets_on((128, 128), seed, counts), None, monkeypatch)


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("shared_best", ["greedy", "last"])
def test_bipartite(shared_best: str, counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    for seed in SEEDS:
        targets = targets_on((300, 300), seed, counts)
        both(BipartiteAssigner(0.5, shared_best), priors, targets, None, monkeypatch)


@pytest.mark.parametrize("repeats", [False, True])
def test_shape_ratio(repeats: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    priors = AnchorGrid(COCO_ANCHORS, (8, 16, 32))((128, 128), "cpu")
    for seed in SEEDS:
        targets = targets_on((128, 128), seed, COUNTS[0])
        both(ShapeRatioAssigner(repeats=repeats), priors, targets, None, monkeypatch)


@pytest.mark.parametrize("num_classes", [3, 40])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.0])
def test_suppression(threshold: float, num_classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains of boxes that each remove the next, short and long, a box far away, and rows that are no boxes."""
    generator = torch.Generator().manual_seed(0)
    low = torch.rand(3, 150, 2, generator=generator) * 40
    boxes = torch.cat((low, low + 5 + torch.rand(3, 150, 2, generator=generator) * 20), dim=2)
    boxes[1, :100, 0], boxes[1, :100, 2] = torch.arange(100.0), torch.arange(100.0) + 9
    boxes[1, :100, 1], boxes[1, :100, 3] = 0, 9
    boxes[2, 3] = torch.tensor([0.0, 0.0, 1e18, 1e18])
    labels = torch.randint(num_classes, (3, 150), generator=generator)
    is_there = torch.rand(3, 150, generator=generator) > 0.1
    labels[1, :70], labels[1, 70:100] = 0, 1
    results = []
    for path in ("sparse", "reference"):
        monkeypatch.setenv(VARIABLE, path)
        results.append(survivors(boxes, labels, is_there, threshold))
    assert torch.equal(*results)
    for image, kept in enumerate(results[0]):
        place = is_there[image].nonzero().squeeze(1)
        best = torch.arange(len(place), 0, -1, dtype=torch.float32)
        wanted = place[class_aware_nms(boxes[image, place], best, labels[image, place], threshold)]
        assert kept.nonzero().squeeze(1).tolist() == sorted(wanted.tolist())
    near = is_there.clone()
    near[2, 3] = False
    without = survivors(boxes, labels, near, threshold)
    others = (labels[2, 4:] != labels[2, 3]) | (threshold > 0)  # what is so large overlaps all, by a trace
    assert torch.equal(without[2, 4:][others], results[0][2, 4:][others])


def test_a_box_far_away_changes_nothing_for_the_others() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 9], [50, 50, 60, 60]])
    scores, labels = torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0, 0, 1])
    for far in (1e9, 1e18, 1e30):
        with_it = torch.cat((boxes, torch.tensor([[far, far, 2 * far, 2 * far]])))
        kept = class_aware_nms(with_it, torch.cat((scores, torch.tensor([0.1]))), torch.cat((labels, labels[:1])), 0.5)
        assert kept.tolist() == [0, 2, 3]
