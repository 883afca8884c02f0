"""Annotation formats: one folder each, with `layout` (where its files lie), `reader` and `writer`."""

from boxwright.data.formats import coco, cvat, darknet, labelme, supervisely, via, voc, yolo
from boxwright.data.formats.format import Format

FORMATS: dict[str, Format] = {
    each.FORMAT.name: each.FORMAT for each in (coco, yolo, darknet, voc, cvat, supervisely, via, labelme)
}
"""Formats by name, in the order in which they are tried."""
