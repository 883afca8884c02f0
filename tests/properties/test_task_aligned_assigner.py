"""The sparse assigner against the dense one, on random scenes; and what the guarantee promises."""

from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from boxwright.assigners import TASK_ALIGNED_DIALECTS, TaskAlignedAssigner, task_aligned_assigner
from boxwright.structures import Predictions, Targets
from tests.contracts.scenes import Scene, ignored_of, pairs_of, random_scene, with_predictions
from tests.properties.dense_task_aligned import DenseResult, DenseTaskAligned

SMALL = {"early": None, "mid": None, "8.4.0": (8.0, 16.0), "current": (16.0, 16.0)}
CANVASES = [(32, 32), (64, 64), (40, 72), (96, 32)]


AWKWARD = ["as is", "as is", "as is", "snapped", "copy", "sliver", "pixel", "moved out", "far out", "whole"]


@dataclass(frozen=True)
class Recipe:
    """A random scene with awkward things mixed in; built in the test, since the run-time type checks use `random`."""

    seed: int
    canvas: tuple[int, int]
    targets: list[list[str]]
    predictions: str
    ignored: float

    def build(self, dtype: torch.dtype) -> Scene:
        counts = [len(kinds) for kinds in self.targets]
        scene = random_scene(self.seed, counts=counts, canvas=self.canvas, ignored=self.ignored, dtype=dtype)
        boxes = scene.targets.boxes.clone()
        for row, kind in enumerate(kind for kinds in self.targets for kind in kinds):
            boxes[row] = _awkward(kind, boxes, row)
        scene = replace(scene, targets=replace(scene.targets, boxes=boxes))
        return _awkward_predictions(scene, self.predictions)


recipes = st.builds(
    Recipe,
    seed=st.integers(0, 2**20),
    canvas=st.sampled_from(CANVASES),
    targets=st.lists(st.lists(st.sampled_from(AWKWARD), max_size=6), min_size=1, max_size=3),
    predictions=st.sampled_from(["as is", "as is", "repeated", "confident", "perfect"]),
    ignored=st.sampled_from([0.0, 0.0, 0.3]),
)


def _awkward(kind: str, boxes: torch.Tensor, row: int) -> torch.Tensor:
    box = boxes[row].clone()
    if kind == "snapped":  # edges on centres of cells
        box = (box / 4).round() * 4
    elif kind == "copy" and row:
        box = boxes[row - 1].clone()
    elif kind == "sliver":
        box[2] = box[0]
    elif kind == "pixel":
        box[2:] = box[:2] + 1
    elif kind == "moved out":
        box = box - 20
    elif kind == "far out":
        box = box + 1000
    elif kind == "whole":
        box = box.new_tensor([0, 0, 128, 128])
    return box


def _awkward_predictions(scene: Scene, kind: str) -> Scene:
    logits = torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in scene.predictions.class_logits], dim=1)
    codes = torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in scene.predictions.box_codes], dim=1)
    priors = scene.priors.boxes.to(codes.dtype)
    boxes = torch.stack([scene.decode(codes=rows, priors=priors) for rows in codes])
    if kind == "repeated":  # one box and one score for all points of an image
        boxes, logits = boxes[:, :1].expand_as(boxes), logits[:, :1].expand_as(logits).clone()
    elif kind == "confident":
        logits = logits * 40
    elif kind == "perfect" and len(scene.targets):
        boxes = scene.targets.boxes[-1].expand_as(boxes)
    return replace(with_predictions(scene, logits, boxes.contiguous()), decode=_codes_are_boxes)


def _codes_are_boxes(*, codes: torch.Tensor, priors: torch.Tensor) -> torch.Tensor:
    del priors
    return codes


def dense_result(scene: Scene, assigner: TaskAlignedAssigner, small: tuple[float, float] | None) -> DenseResult:
    dense = DenseTaskAligned(assigner.topk, assigner.alpha, assigner.beta, small, assigner.contested == "all")
    columns = (scene.targets.image, scene.targets.boxes, scene.targets.labels, scene.targets.ignore)
    targets = [(i, tuple(box), label, flag) for i, box, label, flag in zip(*(c.tolist() for c in columns), strict=True)]
    every = torch.arange(len(scene.priors))
    logits = [
        scene.predictions.class_logits_at(torch.full_like(every, i), every) for i in range(scene.targets.batch_size)
    ]
    boxes = [scene.predictions.box_codes_at(torch.full_like(every, i), every) for i in range(scene.targets.batch_size)]
    return dense(
        [tuple(centre) for centre in scene.priors.boxes[:, :2].tolist()],
        targets,
        [rows.double().sigmoid().tolist() for rows in logits],
        [[tuple(box) for box in rows.tolist()] for rows in boxes],
    )


def assert_equal_to_dense(scene: Scene, assigner: TaskAlignedAssigner, dialect: str, tolerance: float) -> None:
    wanted = dense_result(scene, assigner, SMALL[dialect])
    assume(wanted.margin > tolerance)
    found = assigner(scene.priors, scene.targets, scene.proposals)
    pairs = pairs_of(found)
    assert pairs.keys() == wanted.quality.keys()
    assert pairs == pytest.approx(wanted.quality, rel=100 * tolerance, abs=tolerance)
    assert {tuple(where) for where in ignored_of(found, scene).nonzero().tolist()} == wanted.ignored


@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    recipe=recipes, topk=st.integers(1, 13), exponents=st.sampled_from([(0.5, 6.0), (1.0, 6.0), (0.3, 2.5), (0.0, 1.0)])
)
def test_equals_the_dense_assignment(dialect: str, recipe: Recipe, topk: int, exponents: tuple[float, float]) -> None:
    assigner = replace(task_aligned_assigner(dialect), topk=topk, alpha=exponents[0], beta=exponents[1])
    assert_equal_to_dense(recipe.build(torch.float64), assigner, dialect, 1e-10)


@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(recipe=recipes, topk=st.sampled_from([1, 3, 10]))
def test_equals_the_dense_assignment_in_float32(dialect: str, recipe: Recipe, topk: int) -> None:
    scene = recipe.build(torch.float32)
    assert_equal_to_dense(scene, replace(task_aligned_assigner(dialect), topk=topk), dialect, 1e-4)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(recipe=recipes, topk=st.integers(1, 10), dialect=st.sampled_from(TASK_ALIGNED_DIALECTS))
def test_guarantee_serves_every_target_and_takes_no_last_point(recipe: Recipe, topk: int, dialect: str) -> None:
    scene = recipe.build(torch.float64)
    assigner = replace(task_aligned_assigner(dialect), topk=topk)
    before = assigner(scene.priors, scene.targets, scene.proposals)
    after = replace(assigner, guarantee=True)(scene.priors, scene.targets, scene.proposals)
    live = (~scene.targets.ignore).nonzero().flatten()
    per_image = torch.bincount(scene.targets.image[live], minlength=scene.targets.batch_size)
    assume(bool((per_image <= scene.priors.grids[0].num_priors).all()))
    assert set(after.target.tolist()) == set(live.tolist())
    points = list(zip(after.image.tolist(), after.prior.tolist(), strict=True))
    assert len(set(points)) == len(points)
    served = set(before.target.tolist())
    kept = {key for key in pairs_of(after) if key[2] in served}
    assert kept <= pairs_of(before).keys()
    assert {key[2] for key in kept} == served
    if served == set(live.tolist()):
        assert pairs_of(after) == pairs_of(before)
    assert not (ignored_of(after, scene)[after.image, after.prior]).any()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    count=st.integers(0, 40),
    side=st.sampled_from([0.0, 1.0, 9.0]),
    place=st.tuples(st.floats(-50, 90), st.floats(-50, 90)),
)
def test_guarantee_with_more_targets_than_points_fills_the_finest_level(
    count: int, side: float, place: tuple[float, float]
) -> None:
    """Sixteen points on the finest level; predictions far away, so that nobody has a positive of its own."""
    x, y = place
    box = torch.tensor([x, y, x + side, y + side])
    scene = random_scene(0, counts=(0, 0), canvas=(32, 32))
    far = torch.tensor([5000.0, 5000.0, 5001.0, 5001.0]).expand(2, len(scene.priors), 4)
    logits = torch.zeros(2, len(scene.priors), 3)
    targets = Targets.from_lists([box.expand(count, 4), box.expand(1, 4)], [torch.zeros(count), torch.zeros(1)])
    predictions = Predictions.from_dense(logits, far.contiguous(), scene.priors)
    scene = Scene(scene.priors, targets, predictions, _codes_are_boxes)
    found = task_aligned_assigner(guarantee=True)(scene.priors, scene.targets, scene.proposals)
    assert torch.bincount(found.image, minlength=2).tolist() == [min(count, 16), 1]
    assert len(set(zip(found.image.tolist(), found.prior.tolist(), strict=True))) == len(found)
    assert len(set(found.target.tolist())) == len(found)
    assert (found.prior < 16).all()
    assert (found.quality == pytest.approx(0.1)) if len(found) else True
