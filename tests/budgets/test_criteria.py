"""How often a training step may make the host wait for a GPU, on the path that a GPU takes, counted on a CPU."""

from dataclasses import replace

import pytest
import torch

from boxwright.assigners import BipartiteAssigner
from boxwright.criterion import ssd_criterion
from boxwright.kernels.choice import VARIABLE
from tests.budgets.scenes import make_scene
from tests.budgets.waits import DeviceWaits

# Of these the check of the labels is one that only a CPU waits for.
WAITS = {"yolov8n": 3, "yolov8n-seg": 5, "yolov5n": 3, "retinanet_r18": 4, "ssd300_light": 4}
SIDES = {"ssd300_light": 300}
# All operators of the losses of an image with 20 targets and of their gradients, views included. The overlap of pairs
# and its gradient are 157 of YOLOv8's. SSD shares out priors in a round for every target of an image.
OPERATORS = {"yolov8n": 405, "yolov8n-seg": 620, "yolov5n": 495, "retinanet_r18": 370, "ssd300_light": 710}
LAUNCHES_OF_YOLOV8 = 325
"""Those that are no views."""


@pytest.fixture(autouse=True)
def path_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "reference")


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
