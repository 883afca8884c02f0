"""YOLO label files of many images, as one table."""

import codecs
from collections.abc import Callable, Sequence
from pathlib import Path

from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.file_kind import looks_like
from boxwright.data.formats.row_collector import RowCollector
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.written_boxes import WrittenBoxes
from boxwright.data.formats.yolo.labels import FORM, LabelledObject, read_labels
from boxwright.data.formats.yolo.plain_boxes import plain_boxes
from boxwright.data.formats.yolo.row_forms import RowForms
from boxwright.data.images.check import usable_header
from boxwright.data.reading_limits import ReadingLimits
from boxwright.writing.own_mark import has_mark


def read_yolo(
    images: Sequence[str],
    label_file: Callable[[str], str | None],
    names: dict[int, str],
    faults: FaultList,
    limits: ReadingLimits,
    forms: RowForms | None = None,
) -> Reading:
    """Reads the label files of a list of images; one that is listed several times comes as often.

    An image without a label file is background, with a warning, unless boxwright drew it in an earlier run. Sizes are
    those that viewers show, read from the headers of the images. A polygon's box is that of its points.

    Args:
        images: Image files.
        label_file: Gives the label file of an image, None where there is none.
        names: Class names by the number in the files; numbers may have gaps.
        faults: Takes what is wrong.
        limits: What is refused.
        forms: What rows are taken for.
    """
    label_of = {number: label for label, number in enumerate(sorted(names))}
    rows, written = RowCollector(limits.masks, "line", faults), WrittenBoxes(FORM)
    forms = forms or RowForms()
    owners: dict[str, str] = {}
    positions: dict[str, int | None] = {}
    for image in images:
        if image in positions:
            rows.again(positions[image])
            continue
        size = _size_of(image, faults, limits)
        positions[image] = None if size is None else len(rows.paths)
        if size is None:
            continue
        file = label_file(image)
        if file is None and has_mark(Path(image)):
            positions[image] = None
            faults.add("own-picture", None, "it has no label file, and boxwright drew it", file=image)
            continue
        rows.begin(image, size, file or image)
        if file is None:
            faults.add("missing-labels", None, "it has no label file", file=image)
            continue
        if (owner := owners.setdefault(file, image)) != image:
            faults.add("shared-labels", None, f"its label file {file} is that of {owner} too", file=image)
        _read_file(_text_of(file, faults), size, label_of, file, faults, written, forms, rows)
    written.report(faults)
    forms.say(faults)
    ordered = sorted(names)
    return rows.reading([names[number] for number in ordered], ordered)


def _read_file(
    text: str,
    size: tuple[int, int],
    label_of: dict[int, int],
    file: str,
    faults: FaultList,
    written: WrittenBoxes,
    forms: RowForms,
    rows: RowCollector,
) -> None:
    """Takes the objects of a label file, all at once where they are plain boxes."""
    plain = plain_boxes(text, size, label_of) if rows.demand == "none" else None
    if plain is not None:
        written.numbers.extend(plain.written)
        written.sizes.extend(size * len(plain.objects))
        rows.add_plain(plain.objects)
        return
    for found in read_labels(text, size, label_of, file, faults, written, forms):
        mask = None if found.polygon is None else [found.polygon]
        rows.add(found.corners, found.label, ignore=False, area=_area(found), mask=mask, number=found.line)


def _size_of(image: str, faults: FaultList, limits: ReadingLimits) -> tuple[int, int] | None:
    header = usable_header(image, limits)
    if isinstance(header, Fault):
        faults.faults.append(header)
        return None
    return header.shown_size


def _text_of(file: str, faults: FaultList) -> str:
    try:
        with open(file, "rb") as opened:
            content = opened.read()
        text = content.decode("utf-8-sig")
    except OSError as error:
        faults.add("unreadable-annotations", None, f"the label file cannot be read ({error.strerror})", file=file)
        return ""
    except UnicodeDecodeError:
        is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        found = "text in UTF-16" if is_wide else looks_like(content) or "text in another encoding"
        message, cure = f"the label file is not UTF-8 but {found}", "save it as UTF-8, or export it again"
        faults.add("unreadable-annotations", None, message, file=file, cure=cure)
        return ""
    is_number = content[:1].isdigit() and b"\x00" not in content
    kind = looks_like(content) if content and not is_number else None
    if kind is not None:
        faults.add("wrong-extension", None, f"the label file looks like {kind}", file=file)
        return ""
    return text


def _area(found: LabelledObject) -> float:
    """Area of a box, or of a polygon by the shoelace formula."""
    if found.polygon is None:
        left, top, right, bottom = found.corners
        return (right - left) * (bottom - top)
    xs, ys = found.polygon[::2], found.polygon[1::2]
    pairs = zip(xs, ys, [*xs[1:], xs[0]], [*ys[1:], ys[0]], strict=True)
    return abs(sum(x * next_y - next_x * y for x, y, next_x, next_y in pairs)) / 2
