"""A diagnosis as aligned text for a terminal."""

from collections.abc import Sequence

from boxwright.inspection.diagnosis.advice.advice import Advice
from boxwright.inspection.diagnosis.advice.tile_effect import TileEffect
from boxwright.inspection.diagnosis.report.cells import (
    GROUP_HEADS,
    LEGEND,
    LEVEL_HEADS,
    TITLES,
    group_cells,
    level_cells,
)
from boxwright.inspection.diagnosis.survey.groups import Group
from boxwright.inspection.diagnosis.survey.system_diagnosis import SystemDiagnosis
from boxwright.lettering.columns import shown_width, to_left, to_right
from boxwright.lettering.visible import visible

MOST_ROWS = 20
"""Groups of one kind that are listed; the worst ones."""

Rows = list[tuple[str, ...]]


def report_text(
    heading: str,
    systems: Sequence[SystemDiagnosis],
    advice: Sequence[Advice] | None,
    verdict: str,
    tiles: Sequence[TileEffect] = (),
) -> str:
    """Writes tables with the systems under each other, what the columns mean, and the advice.

    Args:
        heading: What was diagnosed.
        systems: At least one.
        advice: What would help; None if nobody asked.
        verdict: The last line.
        tiles: What they would change, if that was asked.
    """
    lines = [
        heading,
        "",
        *_aligned([("", *GROUP_HEADS), *((one.title, *group_cells(one.everything)) for one in systems)]),
    ]
    for kind in systems[0].groups:
        lines += ["", TITLES[kind], *_by_group(kind, systems)]
    lines += ["", TITLES["level"], *_by_level(systems), "", *(f"  {name:<10}{what}" for name, what in LEGEND)]
    for one in systems:
        if one.weights is not None:
            lines.append(f"  {one.title} looks at predictions; weights: {one.weights}")
    if advice is not None:
        lines += ["", *advice_lines(advice)]
    if tiles:
        lines += ["", "TILES", *(f"  {visible(one.text())}" for one in tiles)]
    return "\n".join([*lines, "", verdict])


def advice_lines(advice: Sequence[Advice]) -> list[str]:
    """Writes the advice, numbered, the best first.

    Args:
        advice: What would help.
    """
    if not advice:
        return ["ADVICE: none of the changes that were tried helps enough."]
    return ["ADVICE, the best first", *(f"  {number}. {visible(one.text())}" for number, one in enumerate(advice, 1))]


def _by_group(kind: str, systems: Sequence[SystemDiagnosis]) -> list[str]:
    """Lists every group that has targets, with a line for every system."""
    names = [group.name for group in systems[0].groups[kind]]
    columns = [{group.name: group for group in one.groups[kind]} for one in systems]
    filled = [name for name in names if any(column[name].targets for column in columns)]
    shown = _worst(filled, columns)
    rows: Rows = [("", *(("",) if len(systems) > 1 else ()), *GROUP_HEADS)]
    for name in shown:
        for number, (one, column) in enumerate(zip(systems, columns, strict=True)):
            first = name if number == 0 else ""
            title = (one.title,) if len(systems) > 1 else ()
            rows.append((first, *title, *group_cells(column[name])))
    hidden = len(filled) - len(shown)
    return _aligned(rows, names=1 + (len(systems) > 1)) + (
        [f"  … and {hidden} more; --json lists them"] if hidden else []
    )


def _worst(names: Sequence[str], columns: Sequence[dict[str, Group]]) -> list[str]:
    """Leaves out the groups with the fewest targets without a positive, if there are too many groups."""
    if len(names) <= MOST_ROWS:
        return list(names)
    without = {name: sum(column[name].without for column in columns) for name in names}
    kept = set(sorted(names, key=lambda name: -without[name])[:MOST_ROWS])
    return [name for name in names if name in kept]


def _by_level(systems: Sequence[SystemDiagnosis]) -> list[str]:
    rows: Rows = [("", *LEVEL_HEADS)]
    for one in systems:
        for number, level in enumerate(one.levels):
            rows.append((one.title if number == 0 else "", *level_cells(level)))
    return _aligned(rows)


def _aligned(rows: Rows, *, names: int = 1) -> list[str]:
    """Lays out cells in columns; the first ones hold names and begin at the left."""
    rows = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(shown_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            to_left(cell, width) if column < names else to_right(cell, width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
