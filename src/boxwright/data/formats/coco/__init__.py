"""COCO JSON: one file per split, for boxes, masks, crowds."""

from boxwright.data.formats.coco.layout import read_coco_file, read_coco_folder
from boxwright.data.formats.coco.writer import IMAGES, write_coco
from boxwright.data.formats.format import Format

FORMAT = Format("coco", read_coco_folder, read_coco_file, write_coco, IMAGES)
