"""Which images have the most errors."""

import csv
from pathlib import Path

import torch

from boxwright.evaluation.errors.by_image import HEAD, SHOWN, errors_by_image, said_of_errors, write_images
from boxwright.evaluation.errors.detection_error import DetectionError
from boxwright.evaluation.errors.search import ErrorSurvey
from boxwright.structures import GroundTruth, ImageOrigin

NAMES = ["=a.png", "b\n.png", "c.png"]


def _survey(counts: list[dict[str, int]], folder: str = "") -> ErrorSurvey:
    errors = [
        DetectionError(kind, number, f"{folder}{NAMES[number]}", 4.0)
        for number, each in enumerate(counts)
        for kind, count in each.items()
        for _ in range(count)
    ]
    return ErrorSurvey(0.5, tuple(errors), {})


def test_every_image_has_a_row_and_the_worst_is_first(tmp_path: Path) -> None:
    truths = [
        GroundTruth(
            torch.tensor([[0.0, 0, 2, 2]] * 3),
            torch.zeros(3, dtype=torch.int64),
            torch.tensor([False, False, True]),
            torch.full((3,), 4.0),
            ImageOrigin(number, name, (8, 8)),
        )
        for number, name in enumerate(NAMES)
    ]
    survey = _survey([{"miss": 1}, {}, {"miss": 2, "double": 3}])
    write_images(errors_by_image(survey, truths), tmp_path / "images.csv")
    with (tmp_path / "images.csv").open(encoding="utf-8", newline="") as file:
        head, *found = list(csv.reader(file))
    assert tuple(head) == HEAD
    assert found == [
        ["c.png", "2", "2", "5", "2", "0", "0", "0", "3"],
        ["'=a.png", "0", "2", "1", "1", "0", "0", "0", "0"],
        [r"b\n.png", "1", "2", "0", "0", "0", "0", "0", "0"],
    ]


def test_the_worst_are_named_in_words() -> None:
    counts = [{"miss": 1}, {"false alarm": 2}, {"miss": 2, "double": 3}]
    lines = [
        "  c.png: 5 errors (miss 2, double 3)",
        r"  b\n.png: 2 errors (false alarm 2)",
        "  =a.png: 1 error (miss 1)",
    ]
    first, head, *found = said_of_errors(_survey(counts)).splitlines()
    assert first.startswith("errors of detections with a score over 0.5: miss 3, ")
    assert (head, found) == ("images with most errors:", lines)
    _, head, *found = said_of_errors(_survey(counts, "cells/val/")).splitlines()
    assert (head, found) == ("images with most errors, in cells/val:", lines)


def test_without_errors_no_image_is_named() -> None:
    assert said_of_errors(_survey([{}, {}])).count("\n") == 0


def test_only_the_first_are_named() -> None:
    errors = tuple(DetectionError("miss", number, f"{number}.png", 4.0) for number in range(9))
    assert len(said_of_errors(ErrorSurvey(0.5, errors, {})).splitlines()) == 2 + SHOWN
