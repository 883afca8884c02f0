from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.data.faults import FaultList
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.voc.reader import VocFolders, read_pascal_voc
from boxwright.data.reading_limits import MaskDemand, ReadingLimits

OBJECT = (
    "<object><name>{}</name><difficult>{}</difficult>"
    "<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"
)
SIZE = "<size><width>60</width><height>40</height></size>"


def _write(folder: Path, name: str, objects: str, *, size: str = SIZE, filename: str = "", image: str = ".jpg") -> None:
    (folder / "Annotations").mkdir(exist_ok=True)
    (folder / "JPEGImages").mkdir(exist_ok=True)
    filename = f"<filename>{filename or name + image}</filename>"
    (folder / f"Annotations/{name}.xml").write_text(f"<annotation>{filename}{size}{objects}</annotation>")
    Image.new("RGB", (60, 40)).save(folder / f"JPEGImages/{name}{image}")


def _read(folder: Path, *names: str, limits: ReadingLimits | None = None) -> Reading:
    folders = VocFolders(folder / "Annotations", (folder / "JPEGImages",), folder / "SegmentationObject")
    return read_pascal_voc(names, folders, ["cat", "dog"], FaultList("train.txt"), limits or ReadingLimits())


def test_corners_are_taken_as_written(tmp_path: Path) -> None:
    _write(tmp_path, "a", OBJECT.format("dog", 0, 1, 2, 60, 40))
    reading = _read(tmp_path, "a")
    assert reading.faults.faults == []
    truth = reading.table.truth(0)
    assert truth.boxes.tolist() == [[1, 2, 60, 40]]
    assert truth.labels.tolist() == [1]
    assert truth.area.tolist() == [59 * 38]
    assert truth.origin.size == (40, 60)


def test_difficult_objects_are_ignored_regions(tmp_path: Path) -> None:
    _write(tmp_path, "a", OBJECT.format("dog", 1, 1, 2, 30, 40) + OBJECT.format("cat", 0, 1, 2, 30, 40))
    assert _read(tmp_path, "a").table.truth(0).ignore.tolist() == [True, False]


@pytest.mark.parametrize("image", [".png", ".JPG", ".jpeg"])
def test_image_of_another_suffix(tmp_path: Path, image: str) -> None:
    _write(tmp_path, "a b ä", "", image=image)
    reading = _read(tmp_path, "a b ä")
    assert reading.faults.faults == []
    assert reading.table.truth(0).origin.path == str(tmp_path / f"JPEGImages/a b ä{image}")


def test_wrong_filename_is_a_warning(tmp_path: Path) -> None:
    _write(tmp_path, "a", "", filename="other.jpg")
    reading = _read(tmp_path, "a")
    assert [fault.code for fault in reading.faults.warnings] == ["wrong-filename"]
    assert len(reading.table) == 1


@pytest.mark.parametrize("front", ["C:\\Users\\me\\", "/disk/other/", "images\\"])
def test_a_filename_of_another_machine_names_the_same_image(tmp_path: Path, front: str) -> None:
    _write(tmp_path, "a", "", filename=f"{front}a.jpg")
    assert _read(tmp_path, "a").faults.faults == []


def test_filename_leads_to_the_image_where_the_name_does_not(tmp_path: Path) -> None:
    _write(tmp_path, "a", "")
    (tmp_path / "Annotations/a.xml").rename(tmp_path / "Annotations/b.xml")
    assert _read(tmp_path, "b").table.truth(0).origin.path == str(tmp_path / "JPEGImages/a.jpg")


def test_filename_that_leads_out(tmp_path: Path) -> None:
    _write(tmp_path, "a", "", filename="../../a.jpg")
    (fault,) = _read(tmp_path, "a").faults.errors
    assert fault.code == "path-outside"


def test_size_comes_from_the_image_where_the_file_lacks_it(tmp_path: Path) -> None:
    _write(tmp_path, "a", OBJECT.format("dog", 0, 1, 2, 30, 40), size="")
    reading = _read(tmp_path, "a")
    assert [fault.code for fault in reading.faults.faults] == ["missing-size"]
    assert reading.table.truth(0).origin.size == (40, 60)


def test_faults_do_not_harm_their_neighbours(tmp_path: Path) -> None:
    sound = OBJECT.format("dog", 0, 5, 5, 10, 10)
    _write(tmp_path, "a", OBJECT.format("dog", 0, 5, 5, 5, 9) + OBJECT.format("cow", 0, 5, 5, 10, 10) + sound)
    _write(tmp_path, "b", OBJECT.format("dog", 0, 50, 5, 70, 10) + OBJECT.format("cat", 0, 90, 5, 99, 10))
    _write(tmp_path, "c", sound)
    (tmp_path / "JPEGImages/c.jpg").unlink()
    reading = _read(tmp_path, "a", "b", "c", "d")
    assert [(Path(fault.file).name, fault.where, fault.code) for fault in reading.faults.faults] == [
        ("a.xml", "object 1", "box-empty"),
        ("a.xml", "object 2", "unknown-class"),
        ("b.xml", "object 1", "box-clipped"),
        ("b.xml", "object 2", "box-outside"),
        ("c.xml", None, "missing-image"),
        ("d.xml", None, "missing-annotations"),
    ]
    assert reading.table.truth(0).boxes.tolist() == [[5, 5, 10, 10]]
    assert reading.table.truth(1).boxes.tolist() == [[50, 5, 60, 10]]
    assert reading.table.references.tolist() == [3, 1]
    assert [Path(file).name for file in reading.annotation_files] == ["a.xml", "b.xml"]
    assert len(reading.table) == 2


def test_masks_are_matched_by_object_number(tmp_path: Path) -> None:
    _write(tmp_path, "a", OBJECT.format("dog", 0, 5, 5, 10, 10) + OBJECT.format("cat", 0, 20, 20, 30, 30))
    pixels = np.zeros((40, 60), np.uint8)
    pixels[5:10, 5:9], pixels[20:30, 20:30], pixels[0] = 1, 2, 255
    (tmp_path / "SegmentationObject").mkdir()
    picture = Image.fromarray(pixels)
    picture.putpalette(bytes(range(256)) * 3)
    picture.save(tmp_path / "SegmentationObject/a.png")
    masks = _read(tmp_path, "a", limits=ReadingLimits(masks="required")).table.truth(0).masks
    assert masks is not None
    assert np.array_equal(masks.to_boolean().numpy(), pixels == np.array([1, 2])[:, None, None])


def test_object_without_a_mask_where_masks_are_required(tmp_path: Path) -> None:
    _write(tmp_path, "a", OBJECT.format("dog", 0, 5, 5, 10, 10))
    (fault,) = _read(tmp_path, "a", limits=ReadingLimits(masks="required")).faults.errors
    assert (fault.code, fault.message) == ("masks-absent", "no object of 1 has a mask")


def test_a_box_that_cvat_turned_is_its_outline(tmp_path: Path) -> None:
    rotation = "<attributes><attribute><name>rotation</name><value>90</value></attribute></attributes>"
    turned = OBJECT.format("cat", 0, 10, 10, 30, 20).replace("</name>", f"</name>{rotation}")
    _write(tmp_path, "a", turned + OBJECT.format("dog", 0, 1, 2, 30, 40))
    reading = _read(tmp_path, "a", limits=ReadingLimits(masks="kept"))
    assert reading.table.boxes.tolist() == [[15, 5, 25, 25], [1, 2, 30, 40]]
    assert reading.table.segmentations is not None
    assert [reading.table.segmentations.has_mask(row) for row in (0, 1)] == [True, False]
    assert list(reading.unread.lines()) == []


def test_what_is_not_read_is_counted(tmp_path: Path) -> None:
    details = "<truncated>1</truncated><pose>Left</pose>"
    _write(tmp_path, "a", OBJECT.format("cat", 0, 10, 10, 30, 20).replace("</name>", f"</name>{details}"))
    lines = " ".join(_read(tmp_path, "a").unread.lines())
    assert "1 × objects with <pose>" in lines
    assert "1 × objects with <truncated>" in lines


@pytest.mark.parametrize("masks", ["judged", "kept", "required"])
def test_a_box_far_from_its_own_mask_is_a_warning(tmp_path: Path, masks: MaskDemand) -> None:
    _write(tmp_path, "a", OBJECT.format("cat", 0, 1, 2, 20, 20) + OBJECT.format("dog", 0, 40, 2, 58, 20))
    pixels = np.zeros((40, 60), np.uint8)
    pixels[1:20, :20], pixels[25:38, 40:58] = 1, 2
    (tmp_path / "SegmentationObject").mkdir()
    Image.fromarray(pixels).save(tmp_path / "SegmentationObject/a.png")
    reading = _read(tmp_path, "a", limits=ReadingLimits(masks=masks))
    assert [(fault.code, fault.where) for fault in reading.faults.faults] == [("box-mask", "object 2")]
    assert reading.table.truth(0).boxes[1].tolist() == [40, 2, 58, 20]
