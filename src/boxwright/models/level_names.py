"""Names of weights that belong to a level, where one network has a finer level than the other."""

import re
from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")
_BY_LEVEL = re.compile(
    r"(?P<list>backbone\.widen|neck\.(?:downsample|bottom_up|lateral|output)"
    r"|head\.(?:predictors|(?:one_to_one\.)?(?:box_branches|class_branches))|mask_head\.coefficient_branches)\.(?P<level>\d+)(?P<rest>.*)"
)


def at_levels_of(entries: Mapping[str, Value], strides: tuple[int, ...], wanted: tuple[int, ...]) -> dict[str, Value]:
    """Names the weights of a network as one with a level more or less at the fine end names those of the same stride.

    Lists of levels count from the finest; those that run from coarse to fine need no other name.

    Args:
        entries: By name of a weight or a layer.
        strides: Of the levels of the backbone that they are of, finest first.
        wanted: Of the other.

    Returns:
        Without the level that the other lacks; as they are, unless the levels differ by just that.
    """
    if wanted and strides[1:] == wanted:
        shift = -1
    elif strides and strides == wanted[1:]:
        shift = 1
    else:
        return dict(entries)
    moved = {}
    for name, value in entries.items():
        found = _BY_LEVEL.fullmatch(name)
        level = 0 if found is None else int(found["level"]) + shift
        if level >= 0:
            moved[name if found is None else f"{found['list']}.{level}{found['rest']}"] = value
    return moved
