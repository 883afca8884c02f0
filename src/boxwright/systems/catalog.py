"""The systems by name."""

from collections.abc import Callable
from functools import partial
from inspect import Parameter, signature
from typing import get_type_hints

from boxwright.arguments.possible_values import require_possible
from boxwright.bounded_text import LONGEST_NAME, bounded
from boxwright.errors import ConfigError
from boxwright.models.backbones import RESNETS, YOLOV5_SCALES, YOLOV8_SCALES
from boxwright.settings.catalog import require_system
from boxwright.settings.python_values import require_values
from boxwright.systems.fcos import fcos
from boxwright.systems.retinanet import retinanet
from boxwright.systems.ssd import ssd300, ssd300_light, ssd_tiny
from boxwright.systems.system import System
from boxwright.systems.yolov5 import yolov5
from boxwright.systems.yolov8 import yolov8
from boxwright.systems.yolov8_e2e import yolov8_e2e
from boxwright.systems.yolov8_seg import yolov8_seg

SYSTEMS: dict[str, Callable[..., System]] = {
    **{f"fcos_{variant}": partial(fcos, variant) for variant in RESNETS},
    **{f"retinanet_{variant}": partial(retinanet, variant) for variant in RESNETS},
    "ssd_tiny": ssd_tiny,
    "ssd300": ssd300,
    "ssd300_light": ssd300_light,
    **{f"yolov5{variant}": partial(yolov5, variant) for variant in YOLOV5_SCALES},
    **{f"yolov8{variant}": partial(yolov8, variant) for variant in YOLOV8_SCALES},
    **{f"yolov8{variant}-e2e": partial(yolov8_e2e, variant) for variant in YOLOV8_SCALES},
    **{f"yolov8{variant}-seg": partial(yolov8_seg, variant) for variant in YOLOV8_SCALES},
}
"""Name → builder; a builder takes the number of classes and the system's options by keyword."""


def build_system(name: str, num_classes: int, **options: object) -> System:
    """Builds a system of the catalogue.

    Args:
        name: One of `SYSTEMS`.
        num_classes: Number of categories.
        **options: Of that system, see `system_options`.

    Raises:
        ConfigError: The system or an option is unknown, or a value is impossible.
    """
    require_system(name, options)
    builder, usual = SYSTEMS[name], system_options(name)
    require_possible(options, ())
    kinds = get_type_hints(builder.func if isinstance(builder, partial) else builder)
    for option, value in options.items():
        try:
            require_values({option: kinds[option]}, {option: value})
        except ConfigError as error:
            raise ConfigError(f"{error} The usual is {bounded(repr(usual[option]), LONGEST_NAME)}.") from error
    return builder(num_classes, **options)


def system_options(name: str) -> dict[str, object]:
    """Lists the options of a system with their defaults.

    Args:
        name: One of `SYSTEMS`.

    Raises:
        ConfigError: The system is unknown.
    """
    require_system(name)
    parameters = signature(SYSTEMS[name]).parameters.values()
    return {entry.name: entry.default for entry in parameters if entry.kind is Parameter.KEYWORD_ONLY}


def has_masks(name: str) -> bool:
    """Tells whether a system segments, and therefore needs masks to train on.

    Args:
        name: One of `SYSTEMS`.

    Raises:
        ConfigError: The system is unknown.
    """
    return "mask_stride" in system_options(name)
