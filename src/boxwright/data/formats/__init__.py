"""Annotation formats: one folder each, with `layout` (where its files lie), `reader` and perhaps `writer`."""

from boxwright.data.formats import coco, cvat, darknet, label_studio, labelme, supervisely, via, voc, yolo
from boxwright.data.formats.format import Format

_IN_ORDER = (coco, yolo, darknet, voc, cvat, supervisely, label_studio, via, labelme)

FORMATS: dict[str, Format] = {each.FORMAT.name: each.FORMAT for each in _IN_ORDER}
"""Formats by name, in the order in which they are tried."""
