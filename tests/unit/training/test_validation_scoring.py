"""The numbers of a validation by one device or several."""

from pathlib import Path
from typing import Any

import pytest
import torch

from boxwright.data import open_dataset
from boxwright.structures import Detections
from boxwright.training.validation_scoring import ValidationScoring


@pytest.fixture
def dataset(tiny_data: Path) -> Any:
    return open_dataset(tiny_data, "val")


def _perfect(dataset: Any) -> list[Detections]:
    truths = [dataset.truth(position) for position in range(len(dataset))]
    return [Detections(each.boxes, torch.ones(len(each)), each.labels, each.origin) for each in truths]


def _scoring(dataset: Any, *, devices: int, rank: int = 0) -> ValidationScoring:
    return ValidationScoring(dataset, 100, most_per_image=300, devices=devices, rank=rank)


def test_one_device_scores_what_it_finds(dataset: Any) -> None:
    scoring = _scoring(dataset, devices=1)
    scoring.add(_perfect(dataset))
    report = scoring.report()
    assert report is not None
    assert report.ap == pytest.approx(1.0)


def test_the_first_device_scores_what_all_found(dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _perfect(dataset)
    first, second = _scoring(dataset, devices=2), _scoring(dataset, devices=2, rank=1)
    first.add(found[::2])
    second.add(found[1::2])
    second.add([])  # a batch without images
    sent: list[list[Detections]] = [[], []]

    def gathered(own: list[Detections], parts: list[Any] | None) -> None:
        sent[1] = own or sent[1]
        if parts is not None:
            parts[:] = sent

    monkeypatch.setattr(torch.distributed, "gather_object", gathered)
    assert second.report() is None
    report = first.report()
    assert report is not None
    assert (report.num_images, report.ap) == (len(found), pytest.approx(1.0))
