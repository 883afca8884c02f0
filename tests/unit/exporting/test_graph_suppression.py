"""Suppression with outputs of one size."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from boxwright.exporting.graph import DetectionGraph
from boxwright.exporting.graph_suppression import limited
from boxwright.geometry.letterbox import Letterbox
from boxwright.inference.program_network import window_of
from boxwright.structures import ImageOrigin, Predictions
from boxwright.systems import System, build_system


def test_the_largest_are_kept_and_of_equal_ones_the_first() -> None:
    scores = torch.tensor([[0.2, 0.9, 0.2, -1.0, 0.9], [-1.0, -1.0, 0.3, -1.0, -1.0]])
    kept = limited(scores, 3)
    assert torch.equal(kept, torch.tensor([[0.2, 0.9, -1.0, -1.0, 0.9], [-1.0, -1.0, 0.3, -1.0, -1.0]]))


def test_a_limit_above_all_keeps_all() -> None:
    scores = torch.rand(2, 4, 3)
    assert torch.equal(limited(scores, 7), scores)


@pytest.fixture(scope="module")
def systems() -> dict[str, System]:
    made = {name: build_system(name, 3) for name in ("ssd_tiny", "yolov8n", "yolov8n-e2e")}
    return {
        name: replace(each, postprocessor=replace(each.postprocessor, max_detections=8, candidates_per_image=60))
        for name, each in made.items()
    }


@pytest.mark.parametrize("multi_label", [True, False])
@pytest.mark.parametrize("name", ["ssd_tiny", "yolov8n", "yolov8n-e2e"])
def test_it_finds_what_the_postprocessor_finds(name: str, multi_label: bool, systems: dict[str, System]) -> None:
    """Also where boxes reach beyond the image, lie beside it, are no numbers, or have equal scores."""
    limits = {"candidates_per_level": 40, "candidates_per_class": 15} if name == "ssd_tiny" else {}
    system = systems[name]
    rule = replace(system.postprocessor, multi_label=multi_label, **limits)
    canvas_size, system = (96, 64), replace(system, postprocessor=rule)
    torch.manual_seed(1)
    predictions, priors = _predictions(system, canvas_size), system.prior_generator(canvas_size, "cpu")
    origins = [
        ImageOrigin(0, None, (160, 128), Letterbox((0.5, 0.5), (8.0, 0.0), canvas_size)),
        ImageOrigin(1, None, (20, 32), Letterbox((2.0, 2.0), (28.0, 0.0), canvas_size)),
    ]
    graph = DetectionGraph(system, canvas_size, suppresses=True)
    graph.network = _Given(predictions)
    windows = torch.tensor([window_of(origin, canvas_size) for origin in origins])
    rows, counts = graph(torch.zeros(2, 3, *canvas_size), windows)
    wanted = rule(predictions, priors, origins)
    assert counts.tolist() == [len(each) for each in wanted]
    assert min(counts.tolist()) > 2
    for found, count, one, origin in zip(rows, counts.tolist(), wanted, origins, strict=True):
        assert origin.letterbox is not None
        boxes = origin.letterbox.to_original(found[:count, :4])
        torch.testing.assert_close(boxes, one.boxes, rtol=0, atol=1e-3)
        assert torch.equal(found[:count, 4], one.scores)
        assert torch.equal(found[:count, 5].long(), one.labels)
        assert not found[count:].any()


class _Given(torch.nn.Module):
    def __init__(self, predictions: Predictions) -> None:
        super().__init__()
        self.predictions = predictions

    def forward(self, _images: Tensor) -> Predictions:
        return self.predictions


def _predictions(system: System, canvas_size: tuple[int, int]) -> Predictions:
    """Makes raw outputs: many with equal scores, one box that is no number."""
    with torch.no_grad():
        made = system.detector.eval()(torch.rand(2, 3, *canvas_size))
    logits = tuple((torch.randn_like(block) * 2).round() for block in made.class_logits)
    codes = tuple(torch.randn_like(block) for block in made.box_codes)
    codes[0][0, 0, :, 0, 0] = torch.nan
    return Predictions(logits, codes, has_background=made.has_background)
