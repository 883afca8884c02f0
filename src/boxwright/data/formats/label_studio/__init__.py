"""Label Studio: one JSON file, a list of tasks with percentages of the image."""

from boxwright.data.formats.format import Format
from boxwright.data.formats.label_studio.layout import read_label_studio_file, read_label_studio_folder

FORMAT = Format("label_studio", read_label_studio_folder, read_label_studio_file)
