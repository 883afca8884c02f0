"""The files that a measurement leaves."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from boxwright.data import open_dataset
from boxwright.evaluation import measurement_files
from boxwright.evaluation.measurement import Measurement, score
from boxwright.evaluation.measurement_files import write_measurement
from boxwright.structures import Detections

FILES = {"report.json", "pr_curve.png", "thresholds.png", "confusion.png", "confusion.csv", "errors.csv", "images.csv"}


@pytest.fixture
def measured(tiny_data: Path):
    """Everything is found with a score of 0.6, but nothing in the image in the middle."""
    dataset = open_dataset(tiny_data, "val")
    truths = [dataset.truth(position) for position in range(len(dataset))]
    found = {
        truth.origin.image_id: Detections(truth.boxes, torch.full((len(truth),), 0.6), truth.labels, truth.origin)
        for truth in truths
    }
    missed = truths[1].origin.image_id
    found[missed] = replace(found[missed], boxes=torch.zeros(0, 4), scores=torch.zeros(0), labels=torch.zeros(0).long())
    return dataset, Measurement(score(found, dataset), found), missed


def test_every_file_is_written_and_replaced(measured, tmp_path: Path) -> None:
    dataset, found, missed = measured
    for _ in range(2):
        survey = write_measurement(found, dataset, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES | {"validation.jpg", "errors.html"}
    with (tmp_path / "errors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["kind"], row["image_id"]) for row in rows] == [("miss", str(missed))] * len(dataset.truth(1))
    assert survey.threshold == json.loads((tmp_path / "report.json").read_text())["best_threshold"]


def test_sheet_and_page_are_left_out_on_request(measured, tmp_path: Path) -> None:
    write_measurement(measured[1], measured[0], tmp_path, sheet=False, gallery=False)
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_a_named_threshold_wins(measured, tmp_path: Path) -> None:
    dataset, found, _ = measured
    assert write_measurement(found, dataset, tmp_path, score_threshold=0.6).right == {}
    assert sum(write_measurement(found, dataset, tmp_path, score_threshold=0.59).right.values()) > 0


def test_the_image_with_most_errors_is_first_on_the_sheet(measured, tmp_path: Path, monkeypatch) -> None:
    dataset, found, missed = measured
    drawn = []

    def sheet(examples, categories, **named):
        drawn.extend([example.truth.origin.image_id for example in examples])
        return np.zeros((4, 4, 3), np.uint8)

    monkeypatch.setattr(measurement_files, "validation_sheet", sheet)
    write_measurement(found, dataset, tmp_path)
    assert drawn == [missed, *(number for number in found.detections if number != missed)]
