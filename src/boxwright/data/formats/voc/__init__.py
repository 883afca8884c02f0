"""Pascal VOC: one XML file per image, lists of images, masks as pictures."""

from boxwright.data.formats.format import Format
from boxwright.data.formats.voc.layout import read_voc_folder
from boxwright.data.formats.voc.writer import IMAGES, write_voc

FORMAT = Format("voc", read_voc_folder, write=write_voc, images=IMAGES)
