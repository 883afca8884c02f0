"""What a system finds in a data set, against the truth."""

from pathlib import Path

import pytest
import torch

from boxwright.data import open_dataset
from boxwright.evaluation.measurement import measure, score
from boxwright.structures import Detections
from boxwright.systems import build_system


def test_perfect_detections_score_one(tiny_data: Path) -> None:
    dataset = open_dataset(tiny_data, "val")
    truths = [dataset.truth(position) for position in range(len(dataset))]
    found = {
        truth.origin.image_id: Detections(truth.boxes, torch.ones(len(truth)), truth.labels, truth.origin)
        for truth in truths
    }
    assert score(found, dataset).ap == pytest.approx(1.0)


@pytest.mark.parametrize("precision", ["32", "bf16"])
def test_every_image_is_measured_once(tiny_data: Path, precision: str) -> None:
    dataset = open_dataset(tiny_data, "val")
    found = measure(build_system("yolov8n", 2), dataset, (64, 64), batch_size=2, workers=0, precision=precision)
    assert sorted(found.detections) == [1, 2, 3]
