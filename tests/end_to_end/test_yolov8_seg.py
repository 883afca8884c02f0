"""YOLOv8-seg learns real masks, and masks stay with their boxes on the whole way."""

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor

from boxwright import evaluate, predict, train
from boxwright.data import AugmentationSettings, open_dataset, training_loader
from boxwright.structures import Targets
from boxwright.systems import System, load_model
from boxwright.training.command import TrainingResult

NUCLEI = Path(__file__).parent / "nuclei"
CANVAS = (128, 128)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    """Trains for 96 steps, every third image a mosaic."""
    return train(
        NUCLEI,
        "yolov8n-seg",
        canvas=128,
        epochs=16,
        batch_size=4,
        workers=0,
        cache="ram",
        logger="csv",
        accelerator="cpu",
        evaluate_every=16,
        output=tmp_path_factory.mktemp("runs"),
        augmentation={"mosaic": 0.3, "scale": 0.2, "close_mosaic_epochs": 0},
        optimization={"lr": 0.004, "warmup_epochs": 0.0, "nominal_batch": 4},
    )


@pytest.mark.slow
def test_it_finds_nuclei_and_their_masks(trained: TrainingResult, tmp_path: Path) -> None:
    assert trained.report is not None
    assert trained.report.masks is not None
    assert trained.report.ap50 > 0.5
    assert trained.report.masks.ap50 > 0.5
    header = (trained.directory / "metrics.csv").read_text().splitlines()[0].split(",")
    assert header[:5] == ["epoch", "box", "class", "dfl", "mask"]
    again = evaluate(trained.best_model, NUCLEI, output=tmp_path, workers=0, device="cpu")
    assert again.masks is not None
    assert again.masks.ap50 == pytest.approx(trained.report.masks.ap50, abs=1e-6)


@pytest.mark.slow
def test_predicted_masks_lie_in_their_boxes(trained: TrainingResult) -> None:
    found = predict(trained.best_model, NUCLEI / "images", device="cpu", score_threshold=0.3)
    assert sum(len(detections) for detections in found) > 50
    for detections in found:
        masks = detections.masks
        assert masks is not None
        assert masks.size == detections.origin.size
        filled = (masks.windows[:, 2:] > masks.windows[:, :2]).all(dim=1)
        assert filled.float().mean() > 0.9
        windows, boxes = masks.windows[filled], detections.boxes[filled]
        assert bool((windows[:, :2] >= boxes[:, :2].floor()).all() and (windows[:, 2:] <= boxes[:, 2:].ceil()).all())


def mosaic_targets() -> tuple[Tensor, Targets]:
    """Gives a batch in which every image is a mosaic, also warped and flipped."""
    augmentation = AugmentationSettings(mosaic=1.0, scale=0.3, degrees=10.0, flip_vertical=0.5)
    data = open_dataset(NUCLEI, "train", masks=True)
    loader = training_loader(data, CANVAS, 8, augmentation, seed=1, epochs=20, mask_stride=4)
    batch = next(iter(loader))
    return batch.images, batch.targets


def permuted(targets: Targets) -> Targets:
    """Gives every target the mask of the next one."""
    assert targets.masks is not None
    order = torch.arange(len(targets)).roll(1)
    return dataclasses.replace(targets, masks=targets.masks.rows(order))


def box_overlap(targets: Targets) -> float:
    """Mean IoU of the boxes and those around their masks."""
    assert targets.masks is not None
    around, boxes = targets.masks.boxes, targets.boxes
    low, high = torch.maximum(around[:, :2], boxes[:, :2]), torch.minimum(around[:, 2:], boxes[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=1)
    areas = [(each[:, 2:] - each[:, :2]).prod(dim=1) for each in (around, boxes)]
    return float((shared / (areas[0] + areas[1] - shared)).mean())


def test_masks_stay_with_their_boxes_through_mosaic() -> None:
    _, targets = mosaic_targets()
    assert len(targets) > 50
    assert box_overlap(targets) > 0.6
    assert box_overlap(permuted(targets)) < 0.2


@pytest.mark.slow
def test_a_wrong_permutation_costs_a_trained_network_far_more(trained: TrainingResult) -> None:
    system: System = load_model(trained.best_model)[0]
    images, targets = mosaic_targets()
    with torch.no_grad():
        predictions = system.detector(system.normalization(images))
    priors = system.prior_generator(CANVAS, "cpu")
    right, wrong = (float(system.criterion(predictions, priors, each)["mask"]) for each in (targets, permuted(targets)))
    assert right < 0.5 * wrong
