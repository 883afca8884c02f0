"""VGG Image Annotator (VIA): one JSON or CSV file for all images of a folder."""

from boxwright.data.formats.format import Format
from boxwright.data.formats.via.layout import read_via_file, read_via_folder

FORMAT = Format("via", read_via_folder, read_via_file)
