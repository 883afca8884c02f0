"""CVAT for images 1.1: one XML file for all images of a task or project."""

from boxwright.data.formats.cvat.layout import read_cvat_file, read_cvat_folder
from boxwright.data.formats.format import Format

FORMAT = Format("cvat", read_cvat_folder, read_cvat_file)
