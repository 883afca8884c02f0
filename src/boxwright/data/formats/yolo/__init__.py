"""YOLO: one text file per image, with fractions of the image; classes in a YAML file."""

from boxwright.data.formats.format import Format
from boxwright.data.formats.yolo.layout import read_yolo_file, read_yolo_folder
from boxwright.data.formats.yolo.writer import IMAGES, write_yolo

FORMAT = Format("yolo", read_yolo_folder, read_yolo_file, write_yolo, IMAGES)
