"""The systems: parts put together, and the file that holds a trained one."""

from boxwright.settings.catalog import default_canvas
from boxwright.settings.recipe import Recipe
from boxwright.systems.card_text import card_text
from boxwright.systems.catalog import SYSTEMS, build_system, has_masks, system_options
from boxwright.systems.checkpoint import BEST_MODEL, add_measurements, has_model, load_model, read_card, save_model
from boxwright.systems.model_card import ModelCard
from boxwright.systems.retinanet import retinanet
from boxwright.systems.ssd import ssd300, ssd300_light, ssd_tiny
from boxwright.systems.system import System
from boxwright.systems.yolov5 import yolov5
from boxwright.systems.yolov8 import yolov8
from boxwright.systems.yolov8_seg import yolov8_seg

__all__ = [
    "BEST_MODEL",
    "SYSTEMS",
    "ModelCard",
    "Recipe",
    "System",
    "add_measurements",
    "build_system",
    "card_text",
    "default_canvas",
    "has_masks",
    "has_model",
    "load_model",
    "read_card",
    "retinanet",
    "save_model",
    "ssd300",
    "ssd300_light",
    "ssd_tiny",
    "system_options",
    "yolov5",
    "yolov8",
    "yolov8_seg",
]
