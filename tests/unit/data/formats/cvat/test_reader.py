from pathlib import Path
from typing import Any

import pytest

from boxwright.data.formats.cvat.reader import read_cvat
from boxwright.data.formats.layout import LayoutNotFoundError
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import DataError

META = """<version>1.1</version><meta><task><id>1</id><name>t</name><mode>annotation</mode><labels>
<label><name>dog</name><color>#ff0000</color><type>any</type><attributes></attributes></label>
<label><name>cat</name><color>#00ff00</color><type>rectangle</type><attributes></attributes></label>
<label><name>way</name><color>#0000ff</color><type>polyline</type><attributes></attributes></label>
</labels></task></meta>"""
BOX = '<box label="{}" source="manual" occluded="0" xtl="1" ytl="2" xbr="11" ybr="12" z_order="0">{}</box>'


def _read(root: Path, images: str, subset: Any = "whole", meta: str = META) -> Any:
    file = root / "annotations.xml"
    file.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>{meta}{images}</annotations>')
    return read_cvat(root, [file], subset, [root / "images"], ReadingLimits(masks="kept"))


def _image(name: str, shapes: str, more: str = "") -> str:
    return f'<image id="7" name="{name}" width="60" height="40" {more}>{shapes}</image>'


@pytest.fixture(autouse=True)
def pictures(save_picture: Any) -> None:
    for name in ("a.jpg", "Train/b.jpg", "Validation/b.jpg"):
        save_picture(f"images/{name}")


def test_images_of_a_task(tmp_path: Path, objects: Any) -> None:
    reading = _read(tmp_path, _image("a.jpg", BOX.format("cat", "")))
    assert reading.categories == ("dog", "cat")  # a label of lines is no class
    assert objects(reading) == [("a.jpg", "cat", [1, 2, 11, 12])]
    assert reading.faults.faults == []


def test_an_image_without_shapes_is_background(tmp_path: Path) -> None:
    assert len(_read(tmp_path, _image("a.jpg", "")).table) == 1


def test_subsets_of_a_project(tmp_path: Path, objects: Any) -> None:
    train = _image("b.jpg", BOX.format("cat", ""), 'subset="Train"')
    val = _image("b.jpg", BOX.format("dog", ""), 'subset="Validation"')
    for subset, label, folder in (("train", "cat", "Train"), ("val", "dog", "Validation")):
        reading = _read(tmp_path, train + val, subset)
        assert objects(reading) == [("b.jpg", label, [1, 2, 11, 12])]
        assert reading.table.paths[0].decode() == str(tmp_path / f"images/{folder}/b.jpg")
        assert reading.categories == ("dog", "cat")
    with pytest.raises(LayoutNotFoundError, match="'whole'"):
        _read(tmp_path, train + val)


def test_what_is_not_held_is_counted(tmp_path: Path, objects: Any) -> None:
    shapes = '<polyline label="way" points="1,2;3,4"/><points label="cat" points="1,2"/><tag label="cat"/><cuboid/>'
    attribute = '<attribute name="age">old</attribute>'
    reading = _read(tmp_path, _image("a.jpg", shapes + BOX.format("cat", attribute)))
    assert len(objects(reading)) == 1
    lines = " ".join(reading.unread.lines())
    for what in ("polylines", "points", "tags of whole images", "cuboids", "objects with attributes"):
        assert f"1 × {what}" in lines


def test_faults_name_their_object(tmp_path: Path, objects: Any) -> None:
    bad = '<polygon label="cat" points="1,2"/>' + BOX.format("", "")
    reading = _read(tmp_path, _image("a.jpg", BOX.format("cat", "")) + _image("a.jpg", bad) + _image("z.jpg", ""))
    assert len(objects(reading)) == 1
    where = [(fault.code, fault.where) for fault in reading.faults.faults]
    assert where == [("polygon-short", "object 2"), ("missing-key", "object 3"), ("missing-image", "image 7")]
    assert "in a.jpg" in reading.faults.faults[0].message


def test_without_a_list_of_labels_they_are_in_alphabetical_order(tmp_path: Path) -> None:
    shapes = BOX.format("dog", "") + BOX.format("ape", "")
    assert _read(tmp_path, _image("a.jpg", shapes), meta="").categories == ("ape", "dog")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<annotations><track id='0' label='cat'/></annotations>", "CVAT for images"),
        ("<annotations>", "not readable as XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "DOCTYPE"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(DataError, match=what):
        read_cvat(tmp_path, [tmp_path / "a.xml"], "whole", [], ReadingLimits())
