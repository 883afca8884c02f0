"""The anchors of YOLOv5, level by level."""

from collections.abc import Sequence
from typing import Any

from boxwright.errors import ConfigError, counted
from boxwright.systems.level_choice import FINER

Anchors = tuple[tuple[tuple[float, float], ...], ...]
USUAL_LEVELS = 3


def level_anchors(anchors: Sequence[Any], levels: str) -> Anchors:
    """Gives anchors for every level: a level of stride 4 without its own has half of those of stride 8.

    Nobody published anchors for stride 4; anchors of the published kind double from level to level, roughly.

    Args:
        anchors: As many pairs (width, height) in canvas pixels for each level, finest first; they may come from a file
            as nested lists.
        levels: As the system's option has them.

    Raises:
        ConfigError: They are no such pairs, or not of these levels.
    """
    number = USUAL_LEVELS + (levels == FINER)
    cure = f"Give {number} levels, finest first, of as many pairs [width, height] in canvas pixels each."
    try:
        found = tuple(tuple((float(width), float(height)) for width, height in level) for level in anchors)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"anchors cannot be {anchors!r}. {cure}") from error
    if levels == FINER and len(found) == USUAL_LEVELS:
        found = (tuple((width / 2, height / 2) for width, height in found[0]), *found)
    counts = [len(level) for level in found]
    if len(counts) != number or len(set(counts)) != 1 or not counts[0]:
        raise ConfigError(f"anchors: found {counted(len(counts), 'level')} with {counts} anchors. {cure}")
    return found
