from pathlib import Path

import pytest

from boxwright.data.faults import FaultList
from boxwright.data.formats.voc.annotation import VocAnnotation, VocObject, class_names, read_annotation

SOUND = """<annotation><filename>a.jpg</filename>
<size><width>60</width><height>40</height><depth>3</depth></size>
<object><name>cat</name><difficult>1</difficult>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30.5</xmax><ymax>40</ymax></bndbox></object>
<object><name> dog </name><bndbox><xmin>5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox></object>
</annotation>"""


def _read(folder: Path, text: str | bytes) -> tuple[VocAnnotation | None, FaultList]:
    path = folder / "a.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    faults = FaultList("train.txt")
    return read_annotation(path, faults), faults


def test_sound_file(tmp_path: Path) -> None:
    found, faults = _read(tmp_path, SOUND)
    assert faults.faults == []
    assert found is not None
    assert (found.filename, found.size) == ("a.jpg", (40, 60))
    first, second = found.objects
    assert (first.name, first.corners, first.is_difficult) == ("cat", (1, 2, 30.5, 40), True)
    assert (second.number, second.name, second.is_difficult) == (2, "dog", False)
    assert class_names(tmp_path / "a.xml") == {"cat", "dog"}


@pytest.mark.parametrize(
    ("old", "new", "code", "what"),
    [
        ("<name>cat</name>", "", "missing-tag", "no <name>"),
        ("<xmin>1</xmin><ymin>2</ymin>", "", "missing-tag", "no <xmin> and no <ymin>"),
        ("<xmin>1</xmin>", "<xmin>one</xmin>", "box-not-numbers", "four numbers"),
        ("<xmin>1</xmin>", "<xmin>nan</xmin>", "box-not-numbers", "finite"),
        ("<xmin>1</xmin>", "<xmin>1e999</xmin>", "box-not-numbers", "finite"),
        ("<difficult>1<", "<difficult>maybe<", "bad-value", "'maybe'"),
    ],
)
def test_bad_object_beside_a_sound_one(tmp_path: Path, old: str, new: str, code: str, what: str) -> None:
    found, faults = _read(tmp_path, SOUND.replace(old, new))
    assert found is not None
    assert [each.name for each in found.objects] == ["dog"]
    (fault,) = faults.faults
    assert (fault.code, fault.where, fault.file) == (code, "object 1", str(tmp_path / "a.xml"))
    assert what in fault.message


@pytest.mark.parametrize(
    "size",
    [
        "",
        "<size/>",
        "<size><width>0</width><height>40</height></size>",
        f"<size><width>{'9' * 5_000}</width><height>40</height></size>",
    ],
)
def test_missing_size_is_a_warning(tmp_path: Path, size: str) -> None:
    text = SOUND.replace("<size><width>60</width><height>40</height><depth>3</depth></size>", size)
    found, faults = _read(tmp_path, text)
    assert found is not None
    assert found.size is None
    assert [fault.code for fault in faults.warnings] == ["missing-size"]


@pytest.mark.parametrize(("text", "kind"), [("", "an empty file"), ("{}", "JSON")])
def test_what_its_name_does_not_say(tmp_path: Path, text: str, kind: str) -> None:
    found, faults = _read(tmp_path, text)
    assert found is None
    (fault,) = faults.faults
    assert fault.code == "wrong-extension"
    assert fault.message.endswith(f"it looks like {kind}")


@pytest.mark.parametrize(
    "text", ["<annotation>", "<html/>", b"\xff\xfe<", "<?xml version='1.0' encoding='martian'?><annotation/>"]
)
def test_what_is_not_voc(tmp_path: Path, text: str | bytes) -> None:
    found, faults = _read(tmp_path, text)
    assert found is None
    assert [fault.code for fault in faults.faults] == ["unreadable-annotations"]


def test_file_that_is_not_there(tmp_path: Path) -> None:
    faults = FaultList("train.txt")
    assert read_annotation(tmp_path / "a.xml", faults) is None
    assert [fault.code for fault in faults.faults] == ["missing-annotations"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "definition",
    [
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE a [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY l9 SYSTEM "http://example.org/x">]>',
        '<!DOCTYPE a SYSTEM "http://example.org/x.dtd">',
    ],
)
def test_entities_are_refused(tmp_path: Path, definition: str) -> None:
    text = f"{definition}{SOUND.replace('cat', '&l9;' if 'ENTITY' in definition else 'cat')}"
    found, faults = _read(tmp_path, text)
    assert found is None
    (fault,) = faults.faults
    assert fault.code == "unsafe-xml"
    assert "<!DOCTYPE" in fault.cure


def _object(folder: Path, tags: str) -> VocObject:
    found, _ = _read(folder, SOUND.replace("<name>cat</name>", f"<name>cat</name>{tags}"))
    assert found is not None
    return found.objects[0]


def test_tags_that_say_something_and_are_not_read(tmp_path: Path) -> None:
    nothing = "<pose>Unspecified</pose><truncated>0</truncated><occluded>0</occluded><attributes></attributes>"
    assert _object(tmp_path, nothing).unread == ()
    attribute = "<attributes><attribute><name>age</name><value>old</value></attribute></attributes>"
    tags = f"<pose>Left</pose><truncated>1</truncated><occluded>1</occluded><part/>{attribute}"
    expected = ("<pose>", "<truncated>", "<occluded>", "<part>", "<attributes>")
    assert _object(tmp_path, tags).unread == expected


@pytest.mark.parametrize(("text", "degrees"), [("0.0", 0), ("30.5", 30.5), ("", 0)])
def test_the_rotation_of_cvat(tmp_path: Path, text: str, degrees: float) -> None:
    attribute = f"<attributes><attribute><name>rotation</name><value>{text}</value></attribute></attributes>"
    assert _object(tmp_path, attribute).rotation == degrees
    assert _object(tmp_path, attribute).unread == ()


@pytest.mark.parametrize("text", ["left", "nan", "inf"])
def test_a_rotation_that_is_no_number(tmp_path: Path, text: str) -> None:
    attribute = f"<attributes><attribute><name>rotation</name><value>{text}</value></attribute></attributes>"
    found, faults = _read(tmp_path, SOUND.replace("<name>cat</name>", f"<name>cat</name>{attribute}"))
    assert found is not None
    assert [(fault.code, fault.where) for fault in faults.faults] == [("box-not-numbers", "object 1")]
