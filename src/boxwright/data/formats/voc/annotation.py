"""One Pascal VOC file: XML with the size of an image and its objects."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import Corners, UnsoundError
from boxwright.data.formats.file_kind import looks_like

_ATTRIBUTE = "attributes/attribute"
_SAYS_NOTHING = ("", "0", "false", "unspecified")
_WHOLE = re.compile(
    r"\s*\d{1,9}(\.0*)?\s*", re.ASCII
)  # longer ones are no size of an image, and may not be read as a number
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class VocObject:
    """One `<object>`.

    Args:
        number: From 1, in the order of the file.
        name: Class name.
        corners: xyxy as written.
        is_difficult: Whether `<difficult>` is 1.
        rotation: Degrees by which the box is turned clockwise about its centre, as CVAT writes it.
        unread: Tags that say something and are not read.
    """

    number: int
    name: str
    corners: Corners
    is_difficult: bool
    rotation: float = 0.0
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VocAnnotation:
    """One file.

    Args:
        filename: What `<filename>` says, or None.
        size: Height and width that `<size>` says, or None.
        objects: The sound ones.
    """

    filename: str | None
    size: tuple[int, int] | None
    objects: tuple[VocObject, ...]


def read_annotation(path: Path, faults: FaultList) -> VocAnnotation | None:
    """Reads a file, or notes why that is impossible and gives None.

    A document type definition is refused with everything that it could do: entities that expand without end, and
    entities that fetch other files.

    Args:
        path: The XML file.
        faults: Takes what is not sound.
    """
    try:
        root = fromstring(path.read_bytes(), forbid_dtd=True)
    except OSError as error:
        faults.add("missing-annotations", None, f"the file cannot be opened ({error.strerror})", file=str(path))
        return None
    except DefusedXmlException as error:
        cure = "remove <!DOCTYPE …>, and do not trust where the file came from"
        faults.add(
            "unsafe-xml", None, f"the file defines entities or a document type ({error})", file=str(path), cure=cure
        )
        return None
    except (ParseError, LookupError, ValueError) as error:
        kind = looks_like(path.read_bytes()[:200])
        code = "unreadable-annotations" if kind in (None, "XML or HTML") else "wrong-extension"
        seen = "" if code == "unreadable-annotations" else f"; it looks like {kind}"
        faults.add(code, None, f"the file is not readable as XML ({error}){seen}", file=str(path))
        return None
    if root.tag != "annotation":
        faults.add("unreadable-annotations", None, f"the file is <{root.tag}>, not <annotation>", file=str(path))
        return None
    return VocAnnotation(
        (root.findtext("filename") or "").strip() or None,
        _size(root, path, faults),
        tuple(_objects(root, path, faults)),
    )


def class_names(path: Path) -> set[str]:
    """Gives the class names in a file; none if it cannot be read.

    Args:
        path: The XML file.
    """
    found = read_annotation(path, FaultList(str(path)))
    return set() if found is None else {each.name for each in found.objects}


def _size(root: Any, path: Path, faults: FaultList) -> tuple[int, int] | None:
    texts = [root.findtext(f"size/{side}") for side in ("height", "width")]
    if all(_WHOLE.fullmatch(text or "") and float(text) > 0 for text in texts):
        return int(float(texts[0])), int(float(texts[1]))
    lacking = " and ".join(f"<{side}>" for side, text in zip(("height", "width"), texts, strict=True) if text is None)
    message = f"<size> lacks {lacking}" if lacking else f"<size> says width {texts[1]} and height {texts[0]}"
    faults.add("missing-size", None, message, file=str(path))
    return None


def _objects(root: Any, path: Path, faults: FaultList) -> Iterator[VocObject]:
    for number, entry in enumerate(root.iterfind("object"), start=1):
        try:
            yield _object(entry, number)
        except UnsoundError as reason:
            faults.add(reason.code, f"object {number}", reason.message, file=str(path), cure=reason.cure)


def _object(entry: Any, number: int) -> VocObject:
    name = (entry.findtext("name") or "").strip()
    texts = {corner: entry.findtext(f"bndbox/{corner}") for corner in _CORNERS}
    lacking = [tag for tag, text in {"name": name, **texts}.items() if not text]
    if lacking:
        raise UnsoundError("missing-tag", f"no {' and no '.join(f'<{tag}>' for tag in lacking)}")
    try:
        values = [float(text or "") for text in texts.values()]
    except ValueError:
        raise UnsoundError("box-not-numbers", f"<bndbox> must be four numbers, not {list(texts.values())}") from None
    if not all(math.isfinite(value) for value in values):
        raise UnsoundError("box-not-numbers", f"<bndbox> must be four finite numbers, not {list(texts.values())}")
    difficult = (entry.findtext("difficult") or "0").strip().lower()
    if difficult not in ("0", "1", "false", "true"):
        raise UnsoundError("bad-value", f"<difficult> must be 0 or 1, not {difficult!r}")
    left, top, right, bottom = values
    is_difficult = difficult in ("1", "true")
    return VocObject(number, name, (left, top, right, bottom), is_difficult, _rotation(entry), tuple(_unread(entry)))


def _rotation(entry: Any) -> float:
    texts = [each.findtext("value") for each in entry.iterfind(_ATTRIBUTE) if each.findtext("name") == "rotation"]
    try:
        degrees = float(texts[0] or 0) if texts else 0.0
    except ValueError:
        degrees = math.nan
    if not math.isfinite(degrees):
        raise UnsoundError("box-not-numbers", f"the attribute rotation must be a finite number, not {texts[0]!r}")
    return degrees


def _unread(entry: Any) -> Iterator[str]:
    """Names the tags that say something and are not read."""
    for tag in ("pose", "truncated", "occluded"):
        if (entry.findtext(tag) or "").strip().lower() not in _SAYS_NOTHING:
            yield f"<{tag}>"
    if entry.find("part") is not None:
        yield "<part>"
    if any(each.findtext("name") != "rotation" for each in entry.iterfind(_ATTRIBUTE)):
        yield "<attributes>"
