"""What can be wrong with the objects and images of a data set that are sound one by one."""

from collections.abc import Mapping, Sequence

import numpy as np

from boxwright.data.faults import Fault
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.verification.double_boxes import find_double_boxes

NEARLY_ALL = 0.95
"""Share of images from which a class counts as being in nearly all of them."""

_FEWEST = 50  # images; fewer say nothing about what is usual


def object_faults(reading: Reading) -> list[Fault]:
    """Finds objects that are boxed twice.

    Args:
        reading: One part of a data set.
    """
    table, faults = reading.table, []
    doubles = find_double_boxes(table)
    images = np.searchsorted(table.offsets, doubles.first, side="right") - 1
    for image, first, second, iou, same in zip(
        images, doubles.first, doubles.second, doubles.iou, doubles.same_label, strict=True
    ):
        names = [reading.categories[table.labels[row]] for row in (first, second)]
        kind = names[0] if same else f"{names[0]} and {names[1]}"
        places = [row_name(reading, int(row), int(image)) for row in (first, second)]
        faults.append(
            Fault(
                "box-double" if same else "box-two-classes",
                annotation_file(reading, int(image)),
                f"{places[0]} and {places[1]}",
                f"in {image_name(reading, int(image))}: {kind} boxed twice, IoU {iou:.2f}",
            )
        )
    return faults


def class_faults(readings: Mapping[str, Reading]) -> list[Fault]:
    """Finds classes without objects, and images without a class that nearly all others have.

    Args:
        readings: The parts by name.
    """
    faults = []
    categories = next(iter(readings.values())).categories
    found = {name: _presence(reading, len(categories)) for name, reading in readings.items()}
    together = np.concatenate(list(found.values()))
    for label, category in enumerate(categories):
        share = float(together[:, label].mean()) if len(together) else 0.0
        if share == 0:
            source = next(iter(readings.values())).source
            faults.append(Fault("class-unused", source, None, f"no object of the class {category}"))
        if share < NEARLY_ALL or len(together) < _FEWEST:
            continue
        for name, reading in readings.items():
            for image in np.flatnonzero(~found[name][:, label]).tolist():
                text = f"no {category}, which {share:.0%} of the images have"
                faults.append(Fault("class-absent", _path(reading, image), None, text))
    return faults


def category_faults(readings: Mapping[str, Reading]) -> list[Fault]:
    """Finds parts that number their classes differently.

    Args:
        readings: The parts by name.
    """
    (first, *others), faults = list(readings.values()), []
    for other in others:
        if other.categories != first.categories:
            text = f"the classes are {list(other.categories)}, those of {first.source} {list(first.categories)}"
            faults.append(Fault("other-classes", other.source, None, text))
    return faults


def row_name(reading: Reading, row: int, image: int) -> str:
    """Names an object as its annotation file does.

    Args:
        reading: One part.
        row: Of its table.
        image: Position of its image.
    """
    reference = int(reading.table.references[row])
    if reference >= 0:
        return f"{reading.row_word} {reference}"
    return f"sound object {row - int(reading.table.offsets[image])}"


def annotation_file(reading: Reading, image: int) -> str:
    """Gives the annotation file of an image.

    Args:
        reading: One part.
        image: Position.
    """
    return reading.annotation_files[image] if len(reading.annotation_files) else reading.source


def image_name(reading: Reading, image: int) -> str:
    """Gives the file name of an image without its folder.

    Args:
        reading: One part.
        image: Position.
    """
    return _path(reading, image).rpartition("/")[2]


def _path(reading: Reading, image: int) -> str:
    path: str = reading.table.paths[image].decode()
    return path


def _presence(reading: Reading, classes: int) -> np.ndarray:
    """Says which image has which class, `images classes`."""
    table = reading.table
    image = np.repeat(np.arange(len(table)), np.diff(table.offsets))
    present = np.zeros((len(table), classes), dtype=np.bool_)
    within = table.labels < classes
    present[image[within], table.labels[within]] = True
    return present


__all__: Sequence[str] = ["category_faults", "class_faults", "object_faults"]
