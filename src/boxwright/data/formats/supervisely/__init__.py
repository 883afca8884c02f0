"""Supervisely: a project with `meta.json`, and datasets of one JSON file per image."""

from boxwright.data.formats.format import Format
from boxwright.data.formats.supervisely.layout import read_supervisely_folder

FORMAT = Format("supervisely", read_supervisely_folder)
