"""The mathematics on a GPU: the same assignment as on the CPU, half precision, and the recorded numbers."""

from dataclasses import replace

import pytest
import torch

from boxwright.assigners import TASK_ALIGNED_DIALECTS, task_aligned_assigner
from boxwright.coders import DistributionCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion, DistributionTerm
from boxwright.kernels.grid_candidates import points_inside
from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Proposals, Targets
from tests.contracts.scenes import Scene, ignored_of, pairs_of, random_scene
from tests.parity.golden_cases import case_names, load, yolov8_coder, yolov8_inputs
from tests.properties.test_points_inside import CANVASES, STRIDES, every_point_tested, random_boxes

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
RELEASES = ("early", "mid", "current")


def to_gpu(predictions: Predictions) -> Predictions:
    return Predictions(
        tuple(block.cuda() for block in predictions.class_logits),
        tuple(block.cuda() for block in predictions.box_codes),
    )


def moved(scene: Scene) -> Scene:
    return replace(
        scene,
        priors=scene.priors.to("cuda"),
        targets=scene.targets.to("cuda"),
        predictions=to_gpu(scene.predictions),
    )


def build(coder: DistributionCoder, release: str = "current", *, guarantee: bool = False) -> Criterion:
    terms = (BoxRegressionTerm(coder.decode), ClassificationTerm(), DistributionTerm(coder))
    return Criterion(task_aligned_assigner(release, guarantee=guarantee), coder.decode, terms)


@pytest.mark.parametrize("guarantee", [False, True])
@pytest.mark.parametrize("dialect", TASK_ALIGNED_DIALECTS)
@pytest.mark.parametrize("seed", range(5))
def test_assignment_equals_that_of_the_cpu(seed: int, dialect: str, guarantee: bool) -> None:
    here = random_scene(seed, counts=(20, 0, 7, 60), canvas=(160, 128), ignored=0.2)
    there = moved(here)
    assigner = task_aligned_assigner(dialect, guarantee=guarantee)
    on_cpu = assigner(here.priors, here.targets, here.proposals)
    on_gpu = assigner(there.priors, there.targets, there.proposals)
    assert on_gpu.quality.device.type == "cuda"
    back = on_gpu.to("cpu")
    assert pairs_of(back).keys() == pairs_of(on_cpu).keys()
    assert pairs_of(back) == pytest.approx(pairs_of(on_cpu), rel=1e-4, abs=1e-6)
    assert torch.equal(ignored_of(back, here), ignored_of(on_cpu, here))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("strides", STRIDES)
def test_points_inside_boxes_equal_those_of_the_cpu(strides: tuple[int, ...], dtype: torch.dtype) -> None:
    """There a division by a number is a product with its inverse, whose rounding must not decide."""
    for seed, canvas in enumerate(CANVASES):
        priors = PointGrid(strides)(canvas)
        boxes = random_boxes(seed, priors, dtype)
        found = points_inside(boxes.cuda(), priors.grids)
        pairs = set(zip(found.row.tolist(), found.prior.tolist(), strict=True))
        assert pairs == every_point_tested(boxes, priors)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_ties_go_to_the_lowest_prior_and_target(dtype: torch.dtype) -> None:
    priors = PointGrid()((160, 160), "cuda")
    box = torch.tensor([[10.0, 12.0, 50.0, 44.0]], device="cuda")
    codes = box.expand(1, len(priors), 4).to(dtype)
    predictions = Predictions.from_dense(torch.zeros(1, len(priors), 1, device="cuda", dtype=dtype), codes, priors)
    targets = Targets.from_lists([box.expand(300, 4)], [torch.zeros(300, device="cuda")])
    proposals = Proposals(predictions, priors, lambda *, codes, priors: codes.float())
    found = task_aligned_assigner()(priors, targets, proposals).to("cpu")
    assert found.target.tolist() == [0] * 10
    centres = priors.boxes[:, :2].cpu()
    inside = ((centres > torch.tensor([10.0, 12.0])) & (centres < torch.tensor([50.0, 44.0]))).all(dim=1)
    assert found.prior.tolist() == inside.nonzero().flatten()[:10].tolist()


def test_assignment_is_deterministic() -> None:
    scene = moved(random_scene(0, counts=(300, 50), canvas=(320, 320)))
    assigner = task_aligned_assigner(guarantee=True)
    first, *others = (assigner(scene.priors, scene.targets, scene.proposals) for _ in range(5))
    for other in others:
        for name in ("image", "prior", "target", "quality"):
            assert torch.equal(getattr(first, name), getattr(other, name))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("distance", [None, 0, 1])
@pytest.mark.parametrize("counts", [(0, 0), (5, 3)])
def test_criterion_under_autocast_is_finite(counts: tuple[int, int], distance: int | None, dtype: torch.dtype) -> None:
    """Random boxes, boxes without extent, and boxes of two strides; no targets, and some of one pixel."""
    scene = random_scene(0, counts=counts)
    boxes = scene.targets.boxes.clone()
    if len(boxes):
        boxes[0, 2:] = boxes[0, :2] + 1
    targets = replace(scene.targets, boxes=boxes).to("cuda")
    leaves = []
    for values in (3, 64):
        for grid in scene.priors.grids:
            leaf = torch.randn(2, 1, values, grid.height, grid.width, device="cuda", dtype=dtype)
            if values == 64 and distance is not None:
                leaf.zero_()[:, :, distance::16] = 100.0
            leaves.append(leaf.requires_grad_())
    levels = len(scene.priors.grids)
    predictions = Predictions(tuple(leaves[:levels]), tuple(leaves[levels:]))
    with torch.autocast("cuda", dtype):
        losses = build(DistributionCoder(), guarantee=True)(predictions, scene.priors.to("cuda"), targets)
    torch.stack(list(losses.values())).sum().backward()
    assert all(loss.isfinite() and loss.dtype == torch.float32 for loss in losses.values())
    assert all(leaf.grad is not None and leaf.grad.isfinite().all() for leaf in leaves)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", case_names("yolov8_detect", "d"))
def test_losses_and_gradients_equal_the_recorded_ones(name: str, release: str) -> None:
    arrays, config = load("yolov8_detect", name)
    predictions, priors, targets, leaves = yolov8_inputs(arrays, config)
    coder = yolov8_coder(config)
    terms = (
        BoxRegressionTerm(coder.decode, gain=config["gain_box"]),
        ClassificationTerm(gain=config["gain_cls"]),
        DistributionTerm(coder, gain=config["gain_dfl"]),
    )
    criterion = Criterion(task_aligned_assigner(release), coder.decode, terms)
    losses = criterion(to_gpu(predictions), priors.to("cuda"), targets.to("cuda"))
    total = torch.stack(list(losses.values())).sum()
    total.backward()
    torch.testing.assert_close(total.detach().cpu(), arrays[f"{release}.loss_total"], rtol=1e-4, atol=1e-6)
    for leaf, key in zip(leaves, ("grad_cls_logits", "grad_box_logits"), strict=True):
        recorded = arrays[f"{release}.{key}"]
        torch.testing.assert_close(leaf.grad, recorded, rtol=0, atol=2e-5 * float(recorded.abs().max()) + 1e-8)


def test_a_step_waits_for_the_device_no_more_often_for_a_larger_batch() -> None:
    """Sizes of the pair lists have to be known; looking at values image by image must not happen."""
    counts = []
    for copies in (1, 8):
        scene = moved(random_scene(0, counts=(7, 4) * copies))
        criterion = Criterion(task_aligned_assigner(), scene.decode, (ClassificationTerm(),))
        criterion(scene.predictions, scene.priors, scene.targets)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            criterion(scene.predictions, scene.priors, scene.targets)
        names = ("aten::nonzero", "aten::_local_scalar_dense", "aten::item")
        counts.append(sum(event.count for event in profile.key_averages() if event.key in names))
    assert counts[0] == counts[1] > 0
