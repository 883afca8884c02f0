"""What can be wrong with the objects and images of a data set that are sound one by one."""

import os
from collections.abc import Mapping, Sequence

import numpy as np

from boxwright.bounded_text import listed
from boxwright.data.faults import Fault
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.verification.double_boxes import find_double_boxes
from boxwright.errors import counted

NEARLY_ALL = 0.95
"""Share of images from which a class counts as being in nearly all of them."""

MANY_IGNORED = 0.3
"""Share of ignored regions among the objects of a part from which a word is due; of COCO it is 1 %."""

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
    """Finds classes without an object to learn, and images without a class that nearly all others have.

    Args:
        readings: The parts by name; those that number their classes unlike the first one are another fault.
    """
    categories, source = next((part.categories, part.source) for part in readings.values())
    parts = [part for part in readings.values() if part.categories == categories]
    objects = _objects_by_class(parts, len(categories), ignored=False)
    regions = _objects_by_class(parts, len(categories), ignored=True)
    faults = []
    for label in np.flatnonzero(objects == 0).tolist():
        if regions[label]:
            text = f"all {counted(int(regions[label]), 'object')} of the class {categories[label]} are ignored regions"
            faults.append(Fault("class-ignored", source, None, text))
        else:
            faults.append(Fault("class-unused", source, None, f"no object of the class {categories[label]}"))
    return faults + _absent_faults(parts)


def ignored_faults(reading: Reading) -> list[Fault]:
    """Finds a part that ignores many of its objects, as masks painted with a brush may come.

    Args:
        reading: One part of a data set; if it ignores all, that is another fault.
    """
    ignored, count = int(reading.table.ignore.sum()), len(reading.table.ignore)
    if ignored == count or ignored < max(2, MANY_IGNORED * count):
        return []
    text = f"{ignored:,} of {count:,} objects are ignored regions"
    return [Fault("ignored-many", reading.source, None, text)]


def _absent_faults(parts: Sequence[Reading]) -> list[Fault]:
    images = sum(len(part.table) for part in parts)
    if images < _FEWEST:
        return []
    categories, faults = parts[0].categories, []
    shares = np.sum([_images_by_class(part, len(categories)) for part in parts], axis=0) / images
    for label in np.flatnonzero((shares >= NEARLY_ALL) & (shares < 1)).tolist():
        text = f"no {categories[label]}, which {shares[label]:.0%} of the images have"
        for part in parts:
            lacks = np.ones(len(part.table), dtype=np.bool_)
            lacks[_image_of_row(part)[part.table.labels == label]] = False
            faults += [
                Fault("class-absent", _path(part, image), None, text) for image in np.flatnonzero(lacks).tolist()
            ]
    return faults


def category_faults(readings: Mapping[str, Reading]) -> list[Fault]:
    """Finds parts that number their classes differently.

    Args:
        readings: The parts by name.
    """
    (first, *others), faults = list(readings.values()), []
    for other in others:
        if other.categories != first.categories:
            text = f"the classes are {listed(other.categories)}; those of {first.source} {listed(first.categories)}"
            faults.append(Fault("other-classes", other.source, None, text))
    return faults


def alike_faults(readings: Mapping[str, Reading]) -> list[Fault]:
    """Finds classes whose names differ by case or spaces alone, as they do after a slip of the hand.

    Args:
        readings: The parts by name.
    """
    sources = {name: reading.source for reading in [*readings.values()][::-1] for name in reading.categories}
    alike: dict[str, list[str]] = {}
    for name in sorted(sources):
        alike.setdefault("".join(name.split()).casefold(), []).append(name)
    groups = [names for names in alike.values() if len(names) > 1]
    return [Fault("classes-alike", sources[names[0]], None, f"the classes [{listed(names)}]") for names in groups]


def shared_label_faults(readings: Mapping[str, Reading]) -> list[Fault]:
    """Finds images of different parts that have one label file, as two of one name in two folders have.

    Files that are not named like an image, such as one export for all, say themselves which image they mean.

    Args:
        readings: The parts by name.
    """
    owners: dict[str, tuple[str, str]] = {}
    faults = []
    for name, reading in readings.items():
        for image, file in zip(reading.table.all_paths(), reading.annotation_files, strict=False):
            part, owner = owners.setdefault(file, (name, image))
            if part != name and owner != image and _is_named_like(file, image):
                text = f"its label file {file} is that of {owner} of {part} too"
                faults.append(Fault("shared-labels", image, None, text))
    return faults


def _is_named_like(file: str, image: str) -> bool:
    stem = os.path.splitext(os.path.basename(file))[0]
    return stem in (os.path.basename(image), os.path.splitext(os.path.basename(image))[0])


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
    return reading.table.path(image)


def _image_of_row(reading: Reading) -> np.ndarray:
    return np.repeat(np.arange(len(reading.table)), np.diff(reading.table.offsets))


def _objects_by_class(parts: Sequence[Reading], classes: int, *, ignored: bool) -> np.ndarray:
    labels = np.concatenate([part.table.labels[part.table.ignore == ignored] for part in parts])
    return np.bincount(labels, minlength=classes)[:classes]


def _images_by_class(reading: Reading, classes: int) -> np.ndarray:
    """Counts the images that have a class, by label; memory grows with the objects, not with images × classes."""
    labels = reading.table.labels.astype(np.int64)
    within = labels < classes
    pairs = np.unique(_image_of_row(reading)[within] * classes + labels[within])
    return np.bincount(pairs % classes, minlength=classes)


__all__: Sequence[str] = [
    "alike_faults",
    "category_faults",
    "class_faults",
    "ignored_faults",
    "object_faults",
    "shared_label_faults",
]
