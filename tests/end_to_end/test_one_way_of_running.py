"""The same weights find the same objects in the same images: measured, validated in training, and predicted."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from boxwright import predict, train
from boxwright.data import open_dataset
from boxwright.data.loading.kept_images import KeptImages
from boxwright.evaluation import measure
from boxwright.structures import Detections
from boxwright.systems import build_system, default_canvas, has_masks, load_model, save_model
from boxwright.training.validation_scoring import ValidationScoring

NUCLEI = Path(__file__).parent / "nuclei"
CLOSE = 1e-5  # pixels
SYSTEMS: dict[str, dict[str, object]] = {
    "yolov5n": {},
    "yolov8n": {},
    "yolov8n-e2e": {},
    "yolov8n-seg": {},
    "retinanet_r18": {"width": 32, "depth": 1},
    "fcos_r18": {"backbone": "test_resnet", "width": 32, "depth": 1},
    "ssd_tiny": {},
    "ssd300": {},
    "ssd300_light": {"backbone": "mobilenetv3_small_050"},
}
"""By name: the options that make it small; what it does with an image follows from none of them."""


def _canvas(name: str) -> int:
    return default_canvas(name) if name.startswith("ssd300") else 64


def _images(name: str) -> int:
    """Of the largest network two are enough: what it does with them is compared, one by one."""
    return 2 if name == "ssd300" else 4


@pytest.mark.slow
@pytest.mark.parametrize(("name", "precision"), [*((name, "32") for name in SYSTEMS), ("yolov8n-seg", "bf16")])
def test_the_same_weights_find_the_same(
    name: str, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [open_dataset(NUCLEI, split, masks=has_masks(name)) for split in ("train", "val")]
    images = _images(name)
    learned, seen = KeptImages(parts[0], [0, 1]), KeptImages(parts[1], range(images))
    validated: dict[int, Detections] = {}
    add = ValidationScoring.add

    def noted(scoring: ValidationScoring, found: Sequence[Detections]) -> None:
        validated.update({one.origin.image_id: one for one in found})
        add(scoring, found)

    monkeypatch.setattr(ValidationScoring, "add", noted)
    start = _finding_much(name, seen.categories, tmp_path / "start.pt")
    quick = {
        "weights": start,
        "workers": 0,
        "logger": "csv",
        "accelerator": "cpu",
        "output": tmp_path,
        "epochs": 1,
        "batch_size": 2,
        "precision": precision,
    }
    result = train((learned, seen), name, canvas=_canvas(name), **quick)

    system, card = load_model(result.last_model)
    measured = measure(system, seen, card.canvas_size, batch_size=4, workers=0, precision=precision).detections
    files = [seen.truth(position).origin.path for position in range(images)]
    threshold = system.postprocessor.score_threshold
    # not one by one: torch adds up in another order then, and the last digit of a coordinate changes
    how = {"score_threshold": threshold, "batch_size": 2, "device": "cpu", "precision": precision}
    predicted = predict(result.last_model, files, **how)

    assert len(validated) == images
    assert sum(len(found) for found in predicted) > images
    for position, third in enumerate(predicted):
        image = seen.truth(position).origin.image_id
        for other in (validated[image], measured[image]):
            _require_same(third, other)


def _finding_much(name: str, categories: tuple[str, ...], path: Path) -> str:
    """Saves a model whose first scores are above every threshold."""
    system = build_system(name, len(categories), **SYSTEMS[name])
    for layer in system.detector.head.class_layers():
        torch.nn.init.zeros_(system.detector.head.get_submodule(layer).bias)
    save_model(path, system, categories=categories, canvas_size=(_canvas(name),) * 2, config={})
    return str(path)


def _require_same(one: Detections, two: Detections) -> None:
    assert one.labels.tolist() == two.labels.tolist()
    torch.testing.assert_close(one.boxes, two.boxes, rtol=0, atol=CLOSE)
    torch.testing.assert_close(one.scores, two.scores, rtol=0, atol=1e-6)
    assert (one.masks is None) == (two.masks is None)
    if one.masks is not None and two.masks is not None:
        assert torch.equal(one.masks.to_boolean(), two.masks.to_boolean())
