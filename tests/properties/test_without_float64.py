"""No path that a device runs has a float64: criterion with its gradients, and postprocessing."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from boxwright.structures import ImageOrigin, InstanceMasks, Predictions, Priors, Targets
from boxwright.systems import System, build_system
from tests.contracts.scenes import random_boxes
from tests.contracts.without_float64 import WithoutFloat64

SYSTEMS = {
    "yolov8n": (64, {"guarantee": True}),
    "yolov8n-e2e": (64, {}),
    "yolov8n-seg": (64, {}),
    "yolov5n": (64, {"autobalance": True}),
    "retinanet_r18": (64, {"width": 32, "depth": 0}),
    "fcos_r18": (64, {"width": 32, "depth": 0, "guarantee": True}),
    "ssd300_light": (300, {}),
}


def scene(name: str) -> tuple[System, Predictions, Priors, Targets]:
    side, options = SYSTEMS[name]
    torch.manual_seed(0)
    system = build_system(name, 3, **options)  # type: ignore[arg-type]
    system.detector.eval()
    with torch.no_grad():
        found = system.detector(torch.randn(2, 3, side, side))
    predictions = tree_map(lambda block: block.detach().requires_grad_(), found)
    generator = torch.Generator().manual_seed(1)
    boxes = [random_boxes(generator, 4, (side, side), dtype=torch.float32) for _ in range(2)]
    flags = [torch.tensor([False, False, True, False])] * 2
    targets = Targets.from_lists(boxes, [torch.arange(4) % 3] * 2, flags)
    if system.mask_stride is not None:
        drawn = torch.rand(8, side // 4, side // 4, generator=generator) < 0.5
        targets = replace(targets, masks=InstanceMasks.from_boolean(drawn, 4))
    return system, predictions, system.prior_generator((side, side)).to("cpu"), targets


@pytest.mark.parametrize("choice", ["reference", "sparse"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_nothing_that_a_device_runs_has_a_float64(name: str, choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the path of a device; what is made once per shape is made on the host."""
    monkeypatch.setenv("BOXWRIGHT_KERNELS", choice)
    monkeypatch.setattr("boxwright.geometry.precision.WITHOUT_FLOAT64", {"cpu"})
    system, predictions, priors, targets = scene(name)
    origins = [ImageOrigin(number, None, priors.canvas_size) for number in range(2)]
    postprocessor = replace(system.postprocessor, score_threshold=0.0)

    def everything() -> Tensor:
        losses = system.criterion(predictions, priors, targets)
        torch.stack(list(losses.values())).sum().backward()
        system.criterion.after_step()
        found = postprocessor(tree_map(Tensor.detach, predictions), priors, origins)
        return torch.cat([detections.scores for detections in found])

    everything()
    with WithoutFloat64():
        assert everything().dtype == torch.float32
