import tracemalloc
from array import array
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.verification.data_check import (
    alike_faults,
    category_faults,
    class_faults,
    ignored_faults,
    object_faults,
    shared_label_faults,
)

BOX = (1.0, 1.0, 9.0, 9.0)


def _reading(
    labels: Sequence[Sequence[int]],
    categories: tuple[str, ...] = ("cat", "dog"),
    word: str = "annotation",
    references: list[int] | None = None,
    files: Sequence[str] = (),
) -> Reading:
    """One image per list of labels; all its objects have one box."""
    rows = [(image, *BOX, label, False, 1.0) for image, each in enumerate(labels) for label in each]
    paths = [f"images/{number}.png" for number in range(len(labels))]
    table = AnnotationTable.build(paths, range(len(labels)), [(9, 9)] * len(labels), rows, references)
    return Reading("x.json", categories, (1, 2), table, FaultList("x.json"), word, files)


def test_doubles_are_named_as_the_file_names_them() -> None:
    (fault,) = object_faults(_reading([[], [0, 0]], references=[70, 90]))
    assert (fault.code, fault.file, fault.where) == ("box-double", "x.json", "annotation 70 and annotation 90")
    assert fault.message == "in 1.png: cat boxed twice, IoU 1.00"
    (fault,) = object_faults(_reading([[], [0, 1]], word="line", references=[1, 2], files=["0.txt", "1.txt"]))
    assert (fault.code, fault.file, fault.where) == ("box-two-classes", "1.txt", "line 1 and line 2")
    assert "cat and dog" in fault.message


def test_rows_without_a_name_are_counted_within_their_image() -> None:
    (fault,) = object_faults(_reading([[0], [0, 0]]))
    assert fault.where == "sound object 0 and sound object 1"


def test_a_class_that_nearly_all_images_have() -> None:
    """38 of 40 images in two parts are 95 %."""
    train, val = _reading([[0]] * 39 + [[1]]), _reading([[0]] * 19 + [[]])
    faults = class_faults({"train": train, "val": val})
    assert [(fault.code, fault.file) for fault in faults] == [
        ("class-absent", "images/39.png"),
        ("class-absent", "images/19.png"),
    ]
    assert "no cat, which 97% of the images have" in faults[0].message
    assert class_faults({"train": _reading([[0, 1]] * 45 + [[1]] * 5)}) == []  # 90 % is not nearly all


def test_few_images_say_nothing_about_what_is_usual() -> None:
    assert class_faults({"train": _reading([[0, 1]] * 30 + [[0]])}) == []


def test_a_class_without_objects() -> None:
    (fault,) = class_faults({"train": _reading([[0]]), "val": _reading([[0]])})
    assert (fault.code, fault.message) == ("class-unused", "no object of the class dog")


def test_a_class_with_ignored_regions_only() -> None:
    reading = _reading([[0], [1], [1]])
    reading.table.ignore[:] = [False, True, True]
    (fault,) = class_faults({"train": reading})
    assert (fault.code, fault.severity) == ("class-ignored", "warning")
    assert fault.message == "all 2 objects of the class dog are ignored regions"


def test_many_ignored_regions() -> None:
    reading = _reading([[0]] * 10)
    for ignored, found in ((0, []), (2, []), (3, ["3 of 10 objects are ignored regions"]), (10, [])):
        reading.table.ignore[:] = np.arange(10) < ignored
        assert [fault.message for fault in ignored_faults(reading)] == found


def test_many_images_of_many_classes_take_no_memory_of_both() -> None:
    """100,000 images of 10,000 classes would be 1 GB of flags."""
    images, classes = 100_000, 10_000
    rows = np.zeros((images, 8))
    rows[:, 0], rows[:, 1:5], rows[:, 5] = np.arange(images), BOX, np.arange(images) % classes
    table = AnnotationTable.build(["a"] * images, range(images), [(9, 9)] * images, array("d", rows.tobytes()))
    reading = Reading("x.json", tuple(map(str, range(classes))), tuple(range(classes)), table, FaultList("x.json"))
    tracemalloc.start()
    assert class_faults({"train": reading}) == []
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_parts_with_other_classes() -> None:
    same = {"train": _reading([[0]]), "val": _reading([[1]])}
    assert category_faults(same) == []
    other = {"train": _reading([[0]]), "val": _reading([[0]], categories=("dog", "cat"))}
    (fault,) = category_faults(other)
    assert fault.code == "other-classes"
    assert "the classes are dog, cat; those of x.json cat, dog" in fault.message
    assert class_faults({"train": _reading([[0]]), "val": _reading([[2]], categories=("a", "b", "c"))})  # no crash


def test_objects_of_a_part_that_numbers_its_classes_differently_are_not_taken_for_others() -> None:
    train, val = _reading([[0]]), _reading([[0, 1]], categories=("dog", "cat"))
    assert [fault.message for fault in class_faults({"train": train, "val": val})] == ["no object of the class dog"]


@pytest.mark.parametrize(
    "names", [("cat", "Cat"), ("cat", "cat "), ("red cell", "redcell", "dog"), ("straße", "STRASSE")]
)
def test_classes_whose_names_differ_by_case_or_spaces_alone(names: tuple[str, ...]) -> None:
    reading = _reading([[0, 1]], categories=names)
    (fault,) = alike_faults({"train": reading, "val": reading})
    assert (fault.code, fault.severity, fault.file) == ("classes-alike", "warning", "x.json")
    assert all(name in fault.message for name in names[:2])
    assert "dog" not in fault.message


def test_classes_that_are_alike_in_two_parts() -> None:
    train, val = _reading([[0]], categories=("cat",)), _reading([[0]], categories=("CAT",))
    assert len(alike_faults({"train": train, "val": val})) == 1
    assert alike_faults({"train": train, "val": train}) == []


def test_one_file_for_all_images_is_no_label_file_that_they_share() -> None:
    def part(folder: str, *files: str) -> Reading:
        paths = [f"{folder}/{number}.jpg" for number in range(len(files))]
        table = AnnotationTable.build(paths, range(len(files)), [(9, 9)] * len(files), [])
        return replace(_reading([]), table=table, annotation_files=files)

    assert not shared_label_faults({"train": part("a", "all.xml", "all.xml"), "val": part("b", "all.xml")})
    (fault,) = shared_label_faults({"train": part("a", "l/0.txt", "l/1.txt"), "val": part("b", "l/0.txt")})
    assert fault.file == "b/0.jpg"
    (fault,) = shared_label_faults({"train": part("a", "l/0.jpg.json"), "val": part("b", "l/0.jpg.json")})
    assert fault.file == "b/0.jpg"
