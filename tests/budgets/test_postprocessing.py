"""How often postprocessing may make the host wait for a GPU, on the path that a GPU takes, counted on a CPU."""

from dataclasses import replace

import pytest
import torch

from boxwright.kernels.choice import VARIABLE
from tests.budgets.scenes import Scene, make_scene
from tests.budgets.waits import DeviceWaits

WAITS = 4
SYSTEMS = ("yolov8n", "yolov5n", "retinanet_r18", "fcos_r18", "ssd300_light")


@pytest.fixture(autouse=True)
def path_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "reference")


def with_detections(system: str, images: int, most: int = 300) -> Scene:
    scene = make_scene(system, images=images, side=300 if system.startswith("ssd") else 128)
    postprocessor = replace(scene.system.postprocessor, score_threshold=0.0, max_detections=most)
    return replace(scene, system=replace(scene.system, postprocessor=postprocessor))


@pytest.mark.parametrize("images", [1, 4])
@pytest.mark.parametrize("system", SYSTEMS)
def test_waits_of_a_batch_whatever_its_size(system: str, images: int) -> None:
    counted = DeviceWaits.of(with_detections(system, images, most=20).postprocess)
    assert counted.num_waits <= WAITS, counted.waits


def test_masks_cost_no_wait_per_detection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside what the check of masks on a CPU waits for."""
    monkeypatch.setattr("boxwright.structures.instance_masks.InstanceMasks.__post_init__", lambda _: None)
    counts = []
    for most in (3, 60):
        counted = DeviceWaits.of(with_detections("yolov8n-seg", 2, most).postprocess)
        counts.append(sum(number for place, number in counted.waits.items() if "mask" in place))
    assert counts[0] == counts[1]


def test_nothing_found_waits_no_more_often() -> None:
    scene = with_detections("yolov8n", 4)
    postprocessor = replace(scene.system.postprocessor, score_threshold=1.0)
    counted = DeviceWaits.of(replace(scene, system=replace(scene.system, postprocessor=postprocessor)).postprocess)
    assert counted.num_waits <= WAITS, counted.waits


@pytest.mark.parametrize("limit", [None, 30])
@pytest.mark.parametrize("system", SYSTEMS)
def test_results_are_those_of_the_other_path(system: str, limit: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = with_detections(system, 3)
    if limit is not None:
        limits = dict.fromkeys(("candidates_per_level", "candidates_per_class", "candidates_per_image"), limit)
        limited = replace(scene.system.postprocessor, multi_label=False, clips_first=True, **limits)
        scene = replace(scene, system=replace(scene.system, postprocessor=limited))
    results = []
    for path in ("reference", "sparse"):
        monkeypatch.setenv(VARIABLE, path)
        results.append(scene.system.postprocessor(scene.predictions, scene.priors, scene.origins))
    for one, other in zip(*results, strict=True):
        assert len(one) > 0
        assert torch.equal(one.labels, other.labels)
        torch.testing.assert_close(one.boxes, other.boxes)
        torch.testing.assert_close(one.scores, other.scores)
