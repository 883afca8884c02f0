"""Steps and postprocessing of all systems on a GPU: precisions, memory orders, sizes, and how often they wait."""

import subprocess
import sys
import warnings
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from boxwright.criterion import Criterion, ssd_criterion
from boxwright.structures import Predictions
from tests.budgets.scenes import Scene, make_scene

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
DEVICE = "cuda"
WAITS = {"yolov8n": 3, "yolov8n-seg": 5, "yolov5n": 3, "retinanet_r18": 4, "ssd300_light": 4}
POSTPROCESSING_WAITS = 4
COMPILED_STEP = """
import torch
from torch.utils._pytree import tree_map
from tests.budgets.scenes import make_scene

scene = make_scene("yolov8n")
predictions = tree_map(lambda block: block.detach().to("cuda"), scene.predictions)
priors, targets = scene.priors.to("cuda"), scene.targets.to("cuda")


def step(scale):
    scaled = tree_map(lambda block: block * scale, predictions)
    return torch.stack(list(scene.system.criterion(scaled, priors, targets).values())).sum()


compiled = torch.compile(step, backend="aot_eager")
for number in range(3):
    scale = torch.full((), 1.0 + number / 10, device="cuda")
    torch.testing.assert_close(compiled(scale), step(scale), rtol=1e-4, atol=1e-5)
"""
each_system = pytest.mark.parametrize("system", WAITS)


def on_device(system: str, images: int = 4) -> Scene:
    scene = make_scene(system, images=images, side=300 if system.startswith("ssd") else 128)
    predictions = tree_map(lambda block: block.detach().to(DEVICE).requires_grad_(), scene.predictions)
    return replace(scene, predictions=predictions, priors=scene.priors.to(DEVICE), targets=scene.targets.to(DEVICE))


def losses_and_gradients(scene: Scene, criterion: Criterion | None = None) -> tuple[dict[str, Tensor], list[Tensor]]:
    losses = (criterion or scene.system.criterion)(scene.predictions, scene.priors, scene.targets)
    leaves = [*scene.predictions.class_logits, *scene.predictions.box_codes]
    total = torch.stack(list(losses.values())).sum()
    return losses, list(torch.autograd.grad(total, leaves))


@each_system
def test_losses_and_gradients_are_those_of_the_cpu(system: str) -> None:
    there = on_device(system)
    here = make_scene(system, side=300 if system.startswith("ssd") else 128)
    (ours, gradients), (wanted, expected) = losses_and_gradients(there), losses_and_gradients(here)
    for name, loss in wanted.items():
        torch.testing.assert_close(ours[name].cpu(), loss, rtol=1e-4, atol=1e-6)
    for one, other in zip(gradients, expected, strict=True):
        torch.testing.assert_close(one.cpu(), other, rtol=1e-3, atol=2e-5 * float(other.abs().max()) + 1e-8)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@each_system
def test_a_backward_pass_inside_autocast_is_finite(system: str, dtype: torch.dtype) -> None:
    scene = on_device(system)
    scene = replace(scene, predictions=tree_map(lambda b: b.detach().to(dtype).requires_grad_(), scene.predictions))
    with torch.autocast(DEVICE, dtype):
        losses, gradients = losses_and_gradients(scene)
    assert all(loss.isfinite() and loss.dtype == torch.float32 for loss in losses.values())
    assert all(gradient.isfinite().all() for gradient in gradients)


@each_system
def test_memory_order_does_not_matter(system: str) -> None:
    scene = on_device(system)

    def channels_last(blocks: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        turned = (block.detach().permute(0, 3, 4, 1, 2).contiguous().permute(0, 3, 4, 1, 2) for block in blocks)
        return tuple(block.requires_grad_() for block in turned)

    blocks = scene.predictions
    turned = replace(blocks, class_logits=channels_last(blocks.class_logits), box_codes=channels_last(blocks.box_codes))
    _compare(losses_and_gradients(scene), losses_and_gradients(replace(scene, predictions=turned)))


@pytest.mark.parametrize("system", ["yolov8n", "retinanet_r18", "ssd300_light"])
def test_dense_arrays_give_the_losses_of_level_blocks(system: str) -> None:
    scene = on_device(system)
    arrays = [
        torch.cat([block.detach().permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1).requires_grad_()
        for blocks in (scene.predictions.class_logits, scene.predictions.box_codes)
    ]
    dense = Predictions.from_dense(*arrays, scene.priors, has_background=scene.predictions.has_background)
    ours = scene.system.criterion(dense, scene.priors, scene.targets)
    torch.stack(list(ours.values())).sum().backward()  # type: ignore[no-untyped-call]
    for name, loss in losses_and_gradients(scene)[0].items():
        torch.testing.assert_close(ours[name], loss, rtol=1e-4, atol=1e-6)
    assert all(array.grad is not None and array.grad.isfinite().all() for array in arrays)


def test_more_than_32_megabytes_of_logits() -> None:
    scene = make_scene("yolov8n", images=4, side=640, classes=80)
    predictions = tree_map(lambda block: block.detach().to(DEVICE).requires_grad_(), scene.predictions)
    large = replace(scene, predictions=predictions, priors=scene.priors.to(DEVICE), targets=scene.targets.to(DEVICE))
    assert sum(block.nbytes for block in large.predictions.class_logits) > 1 << 23
    _, gradients = losses_and_gradients(large)
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_a_compiled_step_runs_over_three_batches() -> None:
    """In a process of its own: the checks of shapes that tests run with are not there."""
    done = subprocess.run([sys.executable, "-c", COMPILED_STEP], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@each_system
def test_detections_are_those_of_the_cpu(system: str) -> None:
    there = on_device(system)
    here = make_scene(system, side=300 if system.startswith("ssd") else 128)
    postprocessor = replace(here.system.postprocessor, max_detections=50)
    for ours, wanted in zip(
        postprocessor(there.predictions, there.priors, there.origins),
        postprocessor(here.predictions, here.priors, here.origins),
        strict=True,
    ):
        assert len(ours) == len(wanted)
        torch.testing.assert_close(ours.scores.cpu(), wanted.scores, rtol=1e-4, atol=1e-5)


@each_system
def test_a_step_waits_as_often_as_promised(system: str) -> None:
    assert waits_of(on_device(system).step) <= WAITS[system]


def test_greedy_sharing_waits_as_often_as_promised() -> None:
    scene, criterion = on_device("ssd300_light"), ssd_criterion()
    assert waits_of(lambda: losses_and_gradients(scene, criterion)) <= WAITS["ssd300_light"]


@pytest.mark.parametrize("system", [name for name in WAITS if name != "yolov8n-seg"])
def test_postprocessing_waits_as_often_as_promised(system: str) -> None:
    assert waits_of(on_device(system).postprocess) <= POSTPROCESSING_WAITS


def waits_of(work: object) -> int:
    """Counts what the driver reports of a second call."""
    assert callable(work)
    work()
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            work()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(warning.message) for warning in caught)


def _compare(ours: tuple[dict[str, Tensor], list[Tensor]], wanted: tuple[dict[str, Tensor], list[Tensor]]) -> None:
    for name, loss in wanted[0].items():
        torch.testing.assert_close(ours[0][name], loss, rtol=1e-4, atol=1e-6)
    for one, other in zip(ours[1], wanted[1], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=2e-5 * float(other.abs().max()) + 1e-8)
