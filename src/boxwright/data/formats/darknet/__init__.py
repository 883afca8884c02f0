"""Darknet's YOLO, which CVAT calls YOLO 1.1: label files named by `obj.data` and lists of images."""

from boxwright.data.formats.darknet.layout import read_darknet_file, read_darknet_folder
from boxwright.data.formats.format import Format

FORMAT = Format("darknet", read_darknet_folder, read_darknet_file)
