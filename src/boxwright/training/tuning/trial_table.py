"""The trials of a search as a table, for the screen and for a file."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from boxwright.errors import counted
from boxwright.lettering.columns import shown_width, to_left, to_right
from boxwright.lettering.visible import visible
from boxwright.training.tuning.trial_record import TrialRecord
from boxwright.writing.table_cell import table_cell

SHOWN = 20
"""Trials that are printed; the file has all."""


def by_ap(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Sorts trials: the best first, behind those that came to their end the others.

    Args:
        records: Of a search.
    """
    return sorted(records, key=lambda each: (each.ap is None, -(each.ap or 0.0), each.number))


def table_of(records: Sequence[TrialRecord], names: Sequence[str]) -> str:
    """Writes the best trials in columns.

    Args:
        records: Of a search.
        names: Of the settings that are searched.
    """
    head = ["trial", "", "AP", "epochs", *names]
    rows = [
        [str(each.number), each.state, "" if each.ap is None else f"{each.ap:.4f}", str(each.epochs)]
        + [visible(shown_value(each.values.get(name, ""))) for name in names]
        for each in by_ap(records)[:SHOWN]
    ]
    widths = [max(shown_width(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [
            (to_left if place == 1 else to_right)(cell, width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    more = len(records) - SHOWN
    return "\n".join([*lines, *([f"and {counted(more, 'trial')} more, in trials.csv"] if more > 0 else [])])


def csv_of(records: Sequence[TrialRecord], names: Sequence[str], seeds: Sequence[int]) -> str:
    """Writes all trials as CSV, the best first, numbers with all their digits.

    Args:
        records: Of a search.
        names: Of the settings that are searched.
        seeds: Of the trainings of a trial.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    of_seeds = [f"ap_seed_{seed}" for seed in seeds] if len(seeds) > 1 else []
    writer.writerow(["trial", "state", "ap", *of_seeds, "epochs", "seconds", *names, "runs", "failure"])
    for each in by_ap(records):
        scores = [*map(repr, each.scores), *[""] * len(seeds)][: len(of_seeds)]
        values = [table_cell(visible(shown_value(each.values.get(name, "")))) for name in names]
        ap = "" if each.ap is None else repr(each.ap)
        rest = [table_cell(visible(cell)) for cell in (" ".join(each.runs), each.failure)]
        writer.writerow([each.number, each.state, ap, *scores, each.epochs, f"{each.seconds:.1f}", *values, *rest])
    return text.getvalue()


def shown_value(value: Any) -> str:
    """Writes a value as it is typed.

    Args:
        value: Of a setting.
    """
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
