"""CVAT files, as one table."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.cvat.shapes import NO_AREA, SHAPES, shape_of
from boxwright.data.formats.drawing.drawn_image import DrawnImage, Notes, NotHeldError, image_size, read_drawn
from boxwright.data.formats.drawing.image_finder import ImageFinder
from boxwright.data.formats.drawing.shapes import Shape
from boxwright.data.formats.layout import LayoutNotFoundError, Portion, split_of_name
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError


def read_cvat(
    root: Path,
    files: Sequence[Path],
    subset: Portion,
    folders: Sequence[Path],
    limits: ReadingLimits,
    others: Sequence[Path] = (),
) -> Reading:
    """Reads files of CVAT for images.

    Boxes that are turned, ellipses and polygons are masks and the boxes around them; masks are read. What has no area,
    cuboids, tags and attributes are counted. Images without a shape are background.

    Args:
        root: Of the data set.
        files: XML files.
        subset: Which images: those whose subset has the name, or all that are in neither part.
        folders: Of images.
        limits: What is refused.
        others: Files of other parts, for the class names.

    Raises:
        LayoutNotFoundError: No image is in the subset.
        DataError: A file cannot be read, or has tracks of a film.
    """
    notes = Notes(FaultList(str(files[0]) if len(files) == 1 else str(root)))
    finder = ImageFinder(root, folders, limits)
    tasks = [(file, _parsed(file)) for file in files]
    categories = _class_names([*(task for _, task in tasks), *(_parsed(file) for file in others)])
    chosen = [(file, list(_entries(task, subset))) for file, task in tasks]
    if not any(entries for _, entries in chosen):
        raise LayoutNotFoundError("CVAT", [f"image of the subset {subset!r} in {files[0]}"])
    images = (image for file, entries in chosen for image in _images(file, entries, finder, notes, limits))
    return read_drawn(images, categories, notes, limits)


def _parsed(file: Path) -> Any:
    try:
        task = fromstring(file.read_bytes(), forbid_dtd=True)
    except OSError as error:
        raise DataError(f"{file} cannot be opened ({error.strerror}). Check the path.") from error
    except DefusedXmlException as error:
        raise DataError(
            f"{file} defines entities or a document type ({error}). Remove <!DOCTYPE …>, and do not trust where the "
            "file came from."
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise DataError(f"{file} is not readable as XML ({error}). Export the annotations again.") from error
    if task.find("track") is not None:
        raise DataError(
            f'{file} has tracks of a film, not images. Export it again as "CVAT for images", which has every frame.'
        )
    return task


def _class_names(tasks: Sequence[Any]) -> list[str]:
    """Gives the labels that a task or project states, in its order; without a statement those of its shapes.

    A label that is only for what has no area is no class.
    """
    drawn = {shape.get("label") or "" for task in tasks for kind in SHAPES for shape in task.iterfind(f"image/{kind}")}
    stated: dict[str, str] = {}
    for label in (label for task in tasks for label in task.iterfind("meta//label")):
        name = (label.findtext("name") or "").strip()
        if name:
            stated.setdefault(name, (label.findtext("type") or "any").strip())
    if stated:
        return [name for name, kind in stated.items() if name in drawn or kind not in NO_AREA]
    return sorted(drawn - {""})


def _entries(task: Any, subset: Portion) -> Iterator[tuple[Any, int]]:
    """Gives the images of a subset, each with the number of its first shape in the file."""
    number = 1
    for image in task.iterfind("image"):
        part = split_of_name(image.get("subset") or "") or "whole"
        if part == subset:
            yield image, number
        number += len(image)


def _images(
    file: Path, entries: Sequence[tuple[Any, int]], finder: ImageFinder, notes: Notes, limits: ReadingLimits
) -> Iterator[DrawnImage]:
    for entry, first in entries:
        name = entry.get("name") or ""
        try:
            subset = entry.get("subset") or ""
            path = finder(name, beside=file.parent, others=()) if not subset else _in_subset(finder, subset, name, file)
        except UnsoundError as reason:
            notes.faults.add(reason.code, f"image {entry.get('id')}", reason.message, file=str(file), cure=reason.cure)
            continue
        size = image_size(path, entry.get("height"), entry.get("width"), notes, limits)
        if size is None:
            continue
        for shape in entry:
            if shape.find("attribute") is not None:
                notes.unread.note("objects with attributes", f"{name}: {shape.find('attribute').get('name')}")
        numbered = enumerate(entry, start=first)
        objects = notes.objects(numbered, partial(_object, size=size), str(file), path)
        yield DrawnImage(path, size, str(file), objects)


def _in_subset(finder: ImageFinder, subset: str, name: str, file: Path) -> str:
    """Looks in the folder of the subset first, where CVAT puts the images of a project."""
    for place in (f"images/{subset}/{name}", f"images/{subset.lower()}/{name}", name):
        try:
            return finder(place, beside=file.parent)
        except UnsoundError as reason:
            last = reason
    raise last


def _object(shape: Any, size: tuple[int, int]) -> tuple[str, Shape]:
    if shape.tag not in SHAPES:
        raise NotHeldError(NO_AREA.get(shape.tag, f"<{shape.tag}>"))
    name = (shape.get("label") or "").strip()
    if not name:
        raise UnsoundError("missing-key", f"no label of the <{os.fspath(shape.tag)}>")
    return name, shape_of(shape, size)
