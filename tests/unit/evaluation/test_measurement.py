"""What a system finds in a data set, against the truth."""

from pathlib import Path

import pytest
import torch

from boxwright.data import open_dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.evaluation.measurement import measure, score
from boxwright.geometry.tiling import Tiling
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


def test_what_is_found_in_tiles_is_put_together(tiny_data: Path) -> None:
    dataset = open_dataset(tiny_data, "val")
    tiles = Tiled(dataset, Tiling((40, 40), 0.25))
    measured = measure(build_system("yolov8n", 2), tiles, (64, 64), batch_size=2, workers=0)
    assert sorted(measured.detections) == [1, 2, 3]
    assert measured.report.most_per_image is None
