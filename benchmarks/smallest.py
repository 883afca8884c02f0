"""The smallest size of every table, at which it shows that it runs and says nothing about speed."""

import os
from typing import Any

VARIABLE = "BOXWRIGHT_SMALLEST_BENCHMARKS"
_ONE = {"BATCHES": (1,), "TARGETS": (7,)}
_SIZES: dict[str, dict[str, Any]] = {
    "grid": _ONE,
    "crowd": {"CROWD": (9, 3)},
    "measure": {"FEWEST": 1, "LONGEST": 0.0},
    "yolov5": _ONE,
    "retinanet": _ONE,
    "ssd": _ONE,
    "masks": {"POSITIVES": (70,), "IMAGES": 2},
    "loading": {"IMAGES": 60, "BOXES": 120, "WORKERS": 1, "CANVASES": (64,), "LOADED_BATCHES": 10},
    "diagnosis": {"IMAGES": 4, "TARGETS": 12, "SYSTEMS": ("ssd_tiny",)},
    "processes": {"PROCESSES": (1,), "CANVAS": 64, "EPOCHS": 1},
    "inspector": {"CASES": ((1, 3, ("ssd_tiny",), 64),), "OPENINGS": 1, "HEIGHT": 60, "WIDTH": 90},
}


def shrink(part: str, constants: dict[str, Any]) -> None:
    """Replaces constants of a module where the environment asks for the smallest size.

    Args:
        part: Of the benchmarks.
        constants: `vars` of its module; all that are replaced must be there.
    """
    if os.environ.get(VARIABLE):
        sizes = _SIZES[part]
        assert sizes.keys() <= constants.keys(), f"{part} has no {sizes.keys() - constants.keys()}"
        constants.update(sizes)
