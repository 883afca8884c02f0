"""The systems: parts put together, and the file that holds a trained one."""

from boxwright.settings.catalog import default_canvas
from boxwright.settings.given_paths import BEST_MODEL
from boxwright.settings.recipe import Recipe
from boxwright.systems.catalog import SYSTEMS, build_system, has_masks, system_options
from boxwright.systems.checkpoint import (
    add_measurements,
    file_of_model,
    has_model,
    load_model,
    read_card,
    save_model,
)
from boxwright.systems.exchange import with_parts
from boxwright.systems.model_card import ModelCard
from boxwright.systems.system import System

__all__ = [
    "BEST_MODEL",
    "SYSTEMS",
    "ModelCard",
    "Recipe",
    "System",
    "add_measurements",
    "build_system",
    "default_canvas",
    "has_masks",
    "has_model",
    "load_model",
    "file_of_model",
    "read_card",
    "save_model",
    "system_options",
    "with_parts",
]
