"""A diagnosis as one page that needs nothing else: no network, no script."""

import math
from collections.abc import Sequence
from html import escape

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
from boxwright.inspection.diagnosis.survey.groups import Group, percent
from boxwright.inspection.diagnosis.survey.system_diagnosis import SystemDiagnosis
from boxwright.lettering.visible import visible
from boxwright.lettering.web_font import web_font

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --paper: light-dark(#ffffff, #16191d);
  --line: light-dark(#d9dde2, #363b42); --soft: light-dark(#5b6570, #9aa4af); --bar: light-dark(#f3b9a5, #7d3a26);
  --card: light-dark(#f5f7f9, #1e2227); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif, "boxwright letters"; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { font-weight: 600; } th[scope=row], td.name { text-align: left; font-weight: 400; }
td.bar { background: linear-gradient(to right, var(--bar) var(--part), transparent var(--part)); }
td small { color: var(--soft); }
ol.advice { margin: 0; padding-left: 1.6rem; } ol.advice li { margin: .4rem 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content auto; gap: .15rem 1rem; margin: 0; } dt { font-weight: 600; }
dd { margin: 0; }
"""


def report_html(
    heading: str,
    systems: Sequence[SystemDiagnosis],
    advice: Sequence[Advice] | None,
    verdict: str,
    tiles: Sequence[TileEffect] = (),
) -> str:
    """Writes the page: advice first, then the systems side by side; light or dark as the reader's system is.

    Args:
        heading: What was diagnosed.
        systems: At least one.
        advice: What would help; None if nobody asked.
        verdict: The sentence at the end of the text.
        tiles: What they would change, if that was asked.
    """
    title, _, rest = heading.partition(": ")
    sections = [
        _advice(advice),
        _tiles(tiles),
        _summary(systems),
        *(_grouping(kind, systems) for kind in systems[0].groups),
    ]
    sections += [_levels(systems), _legend(systems)]
    body = f'<h1>{_shown(title)}</h1>\n<p class="soft">{_shown(rest)}</p>\n<p>{_shown(verdict)}</p>\n' + "\n".join(
        section for section in sections if section
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Diagnosis: {_shown(title)}</title>\n<style>{web_font(body)}{_STYLE}</style>\n</head>\n<body>\n{body}"
        "\n</body>\n</html>\n"
    )


def _advice(advice: Sequence[Advice] | None) -> str:
    if advice is None:
        return ""
    if not advice:
        return '<div class="card">None of the changes that were tried helps enough.</div>'
    lines = "\n".join(f"<li>{_shown(one.text())}</li>" for one in advice)
    return f'<h2>Advice, the best first</h2>\n<div class="card"><ol class="advice">\n{lines}\n</ol></div>'


def _tiles(tiles: Sequence[TileEffect]) -> str:
    lines = "\n".join(f"<p>{_shown(one.text())}</p>" for one in tiles)
    return f'<h2>Tiles</h2>\n<div class="card">{lines}</div>' if tiles else ""


def _summary(systems: Sequence[SystemDiagnosis]) -> str:
    rows = [_row(one.title, one.everything) for one in systems]
    return f"<h2>All targets</h2>\n{_table(('', *GROUP_HEADS), rows)}"


def _grouping(kind: str, systems: Sequence[SystemDiagnosis]) -> str:
    """Shows shares without a positive side by side, and all numbers on request."""
    names = [group.name for group in systems[0].groups[kind]]
    columns = [{group.name: group for group in one.groups[kind]} for one in systems]
    filled = [name for name in names if any(column[name].targets for column in columns)]
    beside = [
        f'<tr><th scope="row">{_shown(name)}</th>{"".join(_share_cell(column[name]) for column in columns)}</tr>'
        for name in filled
    ]
    full = [
        _row(f"{name} · {one.title}" if len(systems) > 1 else name, column[name])
        for name in filled
        for one, column in zip(systems, columns, strict=True)
    ]
    table = _table(("", *(one.title for one in systems)), beside)
    return (
        f'<h2>{escape(TITLES[kind])}</h2>\n<p class="soft">Share without a positive, of how many targets</p>\n{table}\n'
        f"<details><summary>All numbers</summary>{_table(('', *GROUP_HEADS), full)}</details>"
    )


def _levels(systems: Sequence[SystemDiagnosis]) -> str:
    rows = [
        f'<tr><th scope="row">{_shown(one.title)}</th>{"".join(f"<td>{cell}</td>" for cell in level_cells(level))}</tr>'
        for one in systems
        for level in one.levels
    ]
    return f"<h2>{escape(TITLES['level'])}</h2>\n{_table(('', *LEVEL_HEADS), rows)}"


def _legend(systems: Sequence[SystemDiagnosis]) -> str:
    entries = [f"<dt>{_shown(name)}</dt><dd>{escape(what)}</dd>" for name, what in LEGEND]
    entries += [
        f"<dt>{_shown(one.title)}</dt><dd>looks at predictions; weights: {escape(one.weights)}</dd>"
        for one in systems
        if one.weights is not None
    ]
    return f"<h2>What the columns mean</h2>\n<dl>{''.join(entries)}</dl>"


def _row(name: str, group: Group) -> str:
    cells = list(group_cells(group))
    without = f'<td class="bar" style="--part:{_part(group)}">{cells.pop(1)}</td>'
    rest = [f"<td>{cell}</td>" for cell in cells]
    return f'<tr><th scope="row">{_shown(name)}</th>{"".join((rest[0], without, *rest[1:]))}</tr>'


def _share_cell(group: Group) -> str:
    if not group.targets:
        return "<td>–</td>"
    return (
        f'<td class="bar" style="--part:{_part(group)}">{percent(group.share_without)} '
        f"<small>of {group.targets:,}</small></td>"
    )


def _part(group: Group) -> str:
    share = group.share_without
    return "0%" if math.isnan(share) else f"{100 * share:.1f}%"


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{_shown(name)}</th>' for name in heads)
    return f'<div class="scroll"><table>\n<tr>{head}</tr>\n' + "\n".join(rows) + "\n</table></div>"


def _shown(text: str) -> str:
    return escape(visible(text))
