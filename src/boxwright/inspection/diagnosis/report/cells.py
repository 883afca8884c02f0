"""How the numbers of a diagnosis are written, in text and on the page."""

import math

from boxwright.inspection.diagnosis.survey.groups import Group, Level, percent

GROUP_HEADS = ("targets", "without", "positives", "best", "poor", "lost", "beyond")
LEVEL_HEADS = ("stride", "priors", "positives", "share", "served", "side", "lost")

TITLES = {
    "coco_size": "By size on the canvas (COCO: small under 32² pixels, large from 96²)",
    "size": "By mean side on the canvas, in pixels",
    "class": "By class",
    "aspect_ratio": "By aspect ratio, width to height",
    "level": "By pyramid level",
}

LEGEND = (
    ("without", "share of the targets without a positive: no prior learns them"),
    ("positives", "positives per target"),
    ("best", "median best fit: IoU of the best prior; of YOLOv8, quality of the best positive"),
    ("poor", "share whose best prior has an IoU under the threshold of the assigner (0.5 where it has none)"),
    ("lost", "priors per target that other targets took"),
    ("beyond", "share whose box none of its positives can express"),
    ("served", "share of the targets with a positive on the level; side is the median of their sides"),
)


def group_cells(group: Group) -> tuple[str, ...]:
    """Writes the numbers of a group, in the order of `GROUP_HEADS`.

    Args:
        group: Of targets.
    """
    return (
        f"{group.targets:,}",
        percent(group.share_without),
        _decimals(group.positives, 1),
        _decimals(group.best, 2),
        percent(group.poor),
        _decimals(group.lost, 2),
        percent(group.share_beyond),
    )


def level_cells(level: Level) -> tuple[str, ...]:
    """Writes the numbers of a pyramid level, in the order of `LEVEL_HEADS`.

    Args:
        level: Of a system.
    """
    return (
        f"{level.stride}",
        f"{level.priors:,}",
        f"{level.positives:,}",
        percent(level.share),
        percent(level.served),
        _decimals(level.side, 0),
        "–" if math.isnan(level.lost) else f"{level.lost:,.0f}",
    )


def _decimals(value: float, places: int) -> str:
    return "–" if math.isnan(value) else f"{value:,.{places}f}"
