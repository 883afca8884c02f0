"""A page that shows every error in its image."""

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from boxwright.data import Dataset
from boxwright.evaluation.errors.detection_error import KINDS, SIZES, DetectionError
from boxwright.evaluation.errors.search import ErrorSurvey
from boxwright.evaluation.jpeg import jpeg
from boxwright.lettering.visible import visible
from boxwright.lettering.web_font import web_font
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.web_page import data_address, web_page

MOST_IMAGES = 300
"""Images in the page, those with the most errors; the table has the errors of all."""

PICTURE_SIDE = 800


def write_gallery(
    survey: ErrorSurvey, dataset: Dataset, worst: Sequence[int], path: Path, *, title: str, folder: str = ""
) -> Path:
    """Writes a page that loads nothing and needs no server: errors by kind, class and size, and the images they are in.

    Args:
        survey: The errors.
        dataset: The images.
        worst: Positions of the images with errors, in the order in which they are shown.
        path: Where to; a file that is there is replaced.
        title: Of the page.
        folder: Left away where names of files begin with it.

    Returns:
        The path.
    """
    shown = list(worst[:MOST_IMAGES])
    ids = [dataset.truth(position).origin.image_id for position in shown]
    place = {image_id: index for index, image_id in enumerate(ids)}
    errors = sorted((e for e in survey.errors if e.image_id in place), key=lambda error: place[error.image_id])
    names = [visible(dataset.truth(position).origin.name.removeprefix(folder)) for position in shown]
    index = {
        "title": title,
        "threshold": survey.threshold,
        "total": len(survey.errors),
        "kinds": list(KINDS),
        "sizes": list(SIZES),
        "categories": {label: visible(dataset.categories[label]) for label in sorted(_labels(errors))},
        "images": names,
        "errors": [_values(error, place[error.image_id]) for error in errors],
    }
    with atomic_file(path, replaces=True) as file:
        file.write(_page(index, [_picture(dataset, position) for position in shown]).encode("utf-8"))
    return path


def _page(index: dict[str, Any], pictures: list[dict[str, Any]]) -> str:
    return web_page(
        _asset("gallery.html"),
        title=index["title"],
        style=web_font(json.dumps(index, ensure_ascii=False)) + _asset("gallery.css"),
        blocks={"index": index, **{f"image-{number}": values for number, values in enumerate(pictures)}},
        script=_asset("gallery.js"),
    )


def _asset(name: str) -> str:
    return files("boxwright.evaluation.errors").joinpath("assets", name).read_text("utf-8")


def _picture(dataset: Dataset, position: int) -> dict[str, Any]:
    sample = dataset[position]
    height, width = sample.size
    return {"picture": data_address(jpeg(sample.image, PICTURE_SIDE)), "height": height, "width": width}


def _labels(errors: Sequence[DetectionError]) -> set[int]:
    return {label for error in errors for label in (error.true_label, error.found_label) if label is not None}


def _values(error: DetectionError, image: int) -> dict[str, Any]:
    boxes = {
        name: None if box is None else [round(side, 1) for side in box]
        for name, box in (("true_box", error.true_box), ("found_box", error.found_box))
    }
    return {
        "image": image,
        "kind": error.kind,
        "size": error.size,
        "true_label": error.true_label,
        "found_label": error.found_label,
        "score": None if error.score is None else round(error.score, 3),
        "overlap": None if error.overlap is None else round(error.overlap, 3),
        **boxes,
    }
