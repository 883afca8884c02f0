"""How often a training step may make the host wait for a GPU, on the path that a GPU takes, counted on a CPU."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import _disable_current_modes

from boxwright.assigners import BipartiteAssigner
from boxwright.criterion import ssd_criterion
from boxwright.kernels import choice, one_graph
from boxwright.kernels.choice import VARIABLE
from tests.budgets.scenes import make_scene
from tests.budgets.waits import DeviceWaits

WAITS = {"yolov8n": 1, "yolov8n-seg": 2, "yolov5n": 1, "retinanet_r18": 1, "fcos_r18": 1, "ssd300_light": 2}
SIDES = {"ssd300_light": 300}
# All operators of the losses of an image with 20 targets and of their gradients, views included. The overlap of pairs
# and its gradient are 147 of YOLOv8's. SSD shares out priors in a round for every target of an image.
OPERATORS = {"yolov8n": 384, "yolov8n-seg": 597, "yolov5n": 490, "retinanet_r18": 365, "ssd300_light": 706}
LAUNCHES_OF_YOLOV8 = 302
"""Those that are no views."""
OPERATORS_OF_YOLOV8_ON_CUDA = 248
"""All that the host starts there, where each of the three graphs of the assignment is one."""


@pytest.fixture(autouse=True)
def path_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "reference")
    monkeypatch.setattr("boxwright.structures.requirement.asserts_by_itself", lambda device_type: True)


@pytest.mark.parametrize("system", WAITS)
def test_waits_of_a_training_step(system: str) -> None:
    counted = DeviceWaits.of(make_scene(system, side=SIDES.get(system, 128)).step)
    assert 0 < counted.num_waits <= WAITS[system], counted.waits


def test_greedy_sharing_of_default_boxes_waits_no_more_often() -> None:
    scene = make_scene("ssd300_light", side=300)
    scene = replace(scene, system=replace(scene.system, criterion=ssd_criterion()))
    assert scene.system.criterion.assigner == BipartiteAssigner(shared_best="greedy")
    same = scene.targets.boxes[:1].expand(len(scene.targets), 4)
    for targets in (scene.targets, replace(scene.targets, boxes=same)):  # also where all want one prior
        counted = DeviceWaits.of(replace(scene, targets=targets).step)
        assert 0 < counted.num_waits <= WAITS["ssd300_light"], counted.waits


@pytest.mark.parametrize("system", WAITS)
def test_waits_do_not_follow_the_batch(system: str) -> None:
    side = SIDES.get(system, 128)
    few, many = (
        DeviceWaits.of(make_scene(system, images=images, targets=targets, side=side).step).num_waits
        for images, targets in ((1, 2), (6, 15))
    )
    assert few == many


def test_operators_of_a_step_do_not_follow_the_targets() -> None:
    counts = [DeviceWaits.of(make_scene("yolov8n", images=1, targets=targets).step) for targets in (20, 1000)]
    assert counts[0].num_operators == counts[1].num_operators
    assert counts[0].num_launches <= LAUNCHES_OF_YOLOV8


def test_operators_of_a_step_on_a_cuda_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a graph does is not counted; here it runs as it is, since no compiler works inside the counter."""
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(choice, "kind_of", lambda device: "cuda")
    monkeypatch.setattr(choice, "has_triton", lambda: True)
    monkeypatch.setattr(choice, "GRAPHS_AFTER", 1)
    graphs: list[str] = []

    def graph(function: Callable[..., Any], backend: str) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            graphs.append(function.__name__)
            with _disable_current_modes():  # type: ignore[no-untyped-call]
                return function(*args)

        return run

    monkeypatch.setattr(one_graph, "_graph", graph)
    counts = []
    for targets in (20, 1000):
        graphs.clear()
        one_graph._calls.clear()
        counted = DeviceWaits.of(make_scene("yolov8n", images=1, targets=targets).step)
        assert graphs == ["_measured_table", "_quality", "_covered_priors"]  # in the second step, which is counted
        counts.append(counted.num_operators + len(graphs))
    assert counts[0] == counts[1] <= OPERATORS_OF_YOLOV8_ON_CUDA


@pytest.mark.parametrize("system", OPERATORS)
def test_operators_of_a_step(system: str) -> None:
    counted = DeviceWaits.of(make_scene(system, images=1, targets=20, side=SIDES.get(system, 128)).step)
    assert counted.num_operators <= OPERATORS[system], counted.operators.most_common(20)


@pytest.mark.parametrize("system", WAITS)
def test_ignored_regions_cost_no_wait(system: str) -> None:
    scene = make_scene(system, side=SIDES.get(system, 128))
    ignore = torch.arange(len(scene.targets)) % 3 == 0
    counted = DeviceWaits.of(replace(scene, targets=replace(scene.targets, ignore=ignore)).step)
    assert counted.num_waits <= WAITS[system], counted.waits
