"""LabelMe: one JSON file per image, with outlines, rectangles, circles and painted masks."""

from boxwright.data.formats.format import Format
from boxwright.data.formats.labelme.layout import read_labelme_folder

FORMAT = Format("labelme", read_labelme_folder)
