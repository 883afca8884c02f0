"""Ranges of numbers that several commands take, judged before anything is loaded."""

from collections.abc import Mapping
from typing import Any

from boxwright.arguments.possible_values import require_workers
from boxwright.errors import ConfigError
from boxwright.geometry.canvas import canvas_pair

SHARES = ("score_threshold", "iou_threshold")
COUNTS = ("max_detections", "batch_size", "threads", "images", "max_pixels")


def require_ranges(values: Mapping[str, Any]) -> None:
    """Refuses numbers that no search and no measurement can do with.

    Args:
        values: By setting; those of other names are passed over, and None is left to the command.

    Raises:
        ConfigError: There is one.
    """
    for name, value in values.items():
        if value is None:
            continue
        if name in SHARES and not 0 <= value <= 1:
            raise ConfigError(f"{name} is {value}. Give a number from 0 to 1.")
        if name in COUNTS and value < 1:
            raise ConfigError(f"{name} is {value}. Give at least 1.")
        if name == "workers":
            require_workers(value)
        if name == "canvas" and value != "dynamic":
            canvas_pair(value)
