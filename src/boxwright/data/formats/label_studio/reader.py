"""Exports of Label Studio, as one table."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.drawing.drawn_image import DrawnImage, Notes, NotHeldError, image_size, read_drawn
from boxwright.data.formats.drawing.image_finder import ImageFinder
from boxwright.data.formats.drawing.shapes import Shape, bitmap, ellipse, numbers, polygon, rotated_rectangle
from boxwright.data.formats.label_studio.brush import read_brush
from boxwright.data.formats.label_studio.task import Task, read_tasks
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits

_LABELS = ("rectanglelabels", "polygonlabels", "ellipselabels", "brushlabels", "labels")
_KINDS = {"width": "rectangle", "points": "polygon", "radiusX": "ellipse", "rle": "brush"}


def read_label_studio(
    root: Path, files: Sequence[Path], folders: Sequence[Path], others: Iterable[Path], limits: ReadingLimits
) -> Reading:
    """Reads exports, JSON or JSON-MIN.

    Rectangles are boxes; turned ones, ellipses, polygons and what was painted are masks and the boxes around them. Of
    several annotations of a task the first is read that was not cancelled. Tasks without a shape are background.

    Args:
        root: Of the data set.
        files: Of this part.
        folders: Of images.
        others: Files of other parts, for the class names.
        limits: What is refused.

    Raises:
        DataError: A file cannot be read.
    """
    notes = Notes(FaultList(str(files[0]) if len(files) == 1 else str(root)))
    tasks = [(file, read_tasks(file)) for file in files]
    everything = [task for _, found in tasks for task in found] + [task for file in others for task in read_tasks(file)]
    names = {name for task in everything for result in task.results if _kind(result) and (name := _name(result))}
    finder = ImageFinder(root, folders, limits)
    images = (image for file, found in tasks for image in _images(file, found, finder, notes))
    return read_drawn(images, sorted(names), notes, limits)


def _images(file: Path, tasks: Sequence[Task], finder: ImageFinder, notes: Notes) -> Iterator[DrawnImage]:
    first = 1
    for task in tasks:
        numbered = list(enumerate(task.results, start=first))
        first += len(numbered)
        name, others = task.image_names()
        try:
            path = finder(name, beside=file.parent, others=others)
        except UnsoundError as reason:
            notes.faults.add(reason.code, f"task {task.number}", reason.message, file=str(file), cure=reason.cure)
            continue
        stated = next((each for _, each in numbered if isinstance(each, dict) and each.get("original_width")), {})
        size = image_size(path, stated.get("original_height"), stated.get("original_width"), notes, finder.limits)
        if size is None:
            continue
        if task.passed_over:
            notes.unread.note("tasks with further annotations or predictions", f"{file}, task {task.number}")
        objects = notes.objects(numbered, partial(_object, size=size), str(file), path)
        yield DrawnImage(path, size, str(file), objects)


def _value(result: Any) -> dict[str, Any]:
    value = result.get("value") if isinstance(result, dict) else None
    return value if isinstance(value, dict) else {}


def _kind(result: Any) -> str:
    """Gives what was drawn by the numbers that it has; nothing for choices, texts and points."""
    value = _value(result)
    if not value or "keypointlabels" in value or str(result.get("type")).startswith("keypoint"):
        return ""
    return next((kind for key, kind in _KINDS.items() if key in value), "")


def _name(result: Any) -> str:
    value = _value(result)
    found = next((value[key] for key in _LABELS if isinstance(value.get(key), list) and value[key]), [""])
    return str(found[0])


def _object(result: Any, size: tuple[int, int]) -> tuple[str, Shape]:
    kind = _kind(result)
    if not kind:
        raise NotHeldError(f"results of the kind {str(result.get('type') if isinstance(result, dict) else '')[:40]!r}")
    name = _name(result)
    if not name:
        raise NotHeldError(f"shapes without a label ({kind})")
    if result.get("image_rotation"):
        raise UnsoundError("bad-value", "the image was turned in Label Studio, its coordinates are of that frame")
    return name, _shape(kind, _value(result), size)


def _shape(kind: str, value: dict[str, Any], size: tuple[int, int]) -> Shape:
    across, down = size[1] / 100, size[0] / 100
    if kind == "brush":
        return bitmap(read_brush(value["rle"], size), (0, 0), size)
    if kind == "polygon":
        return polygon([(x * across, y * down) for x, y in numbers(value["points"])])
    turn = _number(value, "rotation") if value.get("rotation") else 0.0
    x, y = _number(value, "x") * across, _number(value, "y") * down
    if kind == "ellipse":
        return ellipse((x, y), (_number(value, "radiusX") * across, _number(value, "radiusY") * down), turn)
    width, height = _number(value, "width") * across, _number(value, "height") * down
    if min(width, height) <= 0:
        raise UnsoundError("box-empty", f"a rectangle needs sides over 0, not {width:g} and {height:g}")
    return rotated_rectangle((x, y, x + width, y + height), turn, (x, y))


def _number(value: dict[str, Any], key: str) -> float:
    found = value.get(key)
    if not isinstance(found, int | float) or not math.isfinite(found):
        raise UnsoundError("box-not-numbers", f"{key} must be a finite number, not {str(found)[:40]}")
    return float(found)
