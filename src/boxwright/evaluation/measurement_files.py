"""The files that a measurement leaves."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from boxwright.data import Dataset
from boxwright.evaluation.compared_image import compare
from boxwright.evaluation.curves import precision_recall_figure
from boxwright.evaluation.errors import ErrorSurvey, find_errors
from boxwright.evaluation.errors.by_image import errors_by_image, write_images
from boxwright.evaluation.errors.confusion_figure import confusion_figure
from boxwright.evaluation.errors.error_table import write_confusion, write_errors
from boxwright.evaluation.errors.gallery import write_gallery
from boxwright.evaluation.measurement import Measurement
from boxwright.evaluation.picture_file import write_picture
from boxwright.evaluation.sheet import Example, validation_sheet
from boxwright.evaluation.threshold_figure import threshold_figure
from boxwright.structures import GroundTruth
from boxwright.systems.model_card import UNMEASURED_THRESHOLD
from boxwright.writing.atomic_file import atomic_file

SHEET_IMAGES = 8


def write_measurement(
    found: Measurement,
    dataset: Dataset,
    folder: Path,
    *,
    sheet: bool = True,
    gallery: bool = True,
    score_threshold: float | None = None,
) -> ErrorSurvey:
    """Writes what was measured: numbers, curves, the confusion matrix, and every error as a table and as a page.

    Args:
        found: What was measured.
        dataset: The images.
        folder: Of a run; what it measured before is replaced.
        sheet: Whether to draw validation.jpg, the images with most errors.
        gallery: Whether to write errors.html, the page.
        score_threshold: Errors are those of detections with a higher score; the best one if left out.

    Returns:
        The errors.
    """
    report = found.report
    best = UNMEASURED_THRESHOLD if report.best_threshold is None else report.best_threshold
    threshold = best if score_threshold is None else score_threshold
    with atomic_file(folder / "report.json", replaces=True) as file:
        file.write(json.dumps(report.to_dict(), indent=2).encode())
    precision_recall_figure(report, folder / "pr_curve.png", replaces=True)
    threshold_figure(report, folder / "thresholds.png")
    truths = [dataset.truth(position) for position in range(len(dataset))]
    identities = [truth.origin.image_id for truth in truths]
    compared = (compare(found.detections[number], truth) for number, truth in zip(identities, truths, strict=True))
    survey = find_errors(list(zip(identities, compared, strict=True)), threshold)
    confusion_figure(survey.confusion, dataset.categories, folder / "confusion.png", threshold=threshold)
    write_confusion(survey.confusion, dataset.categories, folder / "confusion.csv")
    write_errors(survey.errors, dataset.categories, folder / "errors.csv")
    write_images(errors_by_image(survey, truths), folder / "images.csv")
    worst = sorted(range(len(dataset)), key=lambda position: -survey.per_image[identities[position]])
    if gallery:
        with_errors = [position for position in worst if survey.per_image[identities[position]]]
        where = {"title": "Errors", "folder": _common_folder(truths)}
        write_gallery(survey, dataset, with_errors, folder / "errors.html", **where)
    if sheet and truths:
        _write_sheet(found, dataset, worst[:SHEET_IMAGES], threshold, folder / "validation.jpg")
    return survey


def _write_sheet(found: Measurement, dataset: Dataset, positions: Sequence[int], threshold: float, path: Path) -> None:
    examples = []
    for position in positions:
        sample, truth = dataset[position], dataset.truth(position)
        picture = np.ascontiguousarray(sample.image.permute(1, 2, 0).numpy())
        examples.append(Example(picture, found.detections[truth.origin.image_id], truth))
    write_picture(path, validation_sheet(examples, dataset.categories, score_threshold=threshold), replaces=True)


def _common_folder(truths: Sequence[GroundTruth]) -> str:
    """Gives the folder of all images with a slash at its end, so that it can be left away from their names."""
    folders = {os.path.dirname(truth.origin.path) for truth in truths if truth.origin.path}
    common = os.path.commonpath(folders) if folders and len({os.path.isabs(each) for each in folders}) == 1 else ""
    return f"{common}{os.sep}" if common and common != os.sep else ""
