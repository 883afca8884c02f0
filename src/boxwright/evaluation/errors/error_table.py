"""Errors and counts as tables that any program reads."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from boxwright.evaluation.errors.confusion import Confusion
from boxwright.evaluation.errors.detection_error import DetectionError
from boxwright.lettering.visible import visible
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.table_cell import table_cell

BACKGROUND = "(background)"
_SIDES = ("x1", "y1", "x2", "y2")
HEAD = (
    *("file", "image_id", "kind", "true_class", "found_class", "score", "overlap", "size"),
    *(f"true_{side}" for side in _SIDES),
    *(f"found_{side}" for side in _SIDES),
)


def write_errors(errors: Iterable[DetectionError], categories: Sequence[str], path: Path) -> None:
    """Writes a row for every error; what there is none of stays empty.

    Args:
        errors: In the order of the rows.
        categories: Class names by label.
        path: Where to; a file that is there is replaced.
    """
    write_table(path, HEAD, (_row(error, categories) for error in errors))


def write_confusion(confusion: Confusion, categories: Sequence[str], path: Path) -> None:
    """Writes a row for every pair of a true and a found class that occurs.

    Args:
        confusion: The counts.
        categories: Class names by label.
        path: Where to; a file that is there is replaced.
    """
    last = len(categories)
    cells = sorted(confusion.counts, key=lambda cell: tuple(last if label is None else label for label in cell))
    rows = ((*(_class(label, categories, BACKGROUND) for label in cell), confusion.counts[cell]) for cell in cells)
    write_table(path, ("true_class", "found_class", "count"), rows)


def _row(error: DetectionError, categories: Sequence[str]) -> tuple[Any, ...]:
    score, overlap = ("" if value is None else f"{value:.4f}" for value in (error.score, error.overlap))
    boxes = [f"{side:.2f}" if box else "" for box in (error.true_box, error.found_box) for side in box or _SIDES]
    classes = [_class(label, categories, "") for label in (error.true_label, error.found_label)]
    return (table_cell(visible(error.file)), error.image_id, error.kind, *classes, score, overlap, error.size, *boxes)


def _class(label: int | None, categories: Sequence[str], nothing: str) -> str:
    return nothing if label is None else table_cell(visible(categories[label]))


def write_table(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes a table as CSV.

    Args:
        path: Where to; a file that is there is replaced.
        head: Names of the columns.
        rows: Cells that are safe in a spreadsheet, see `table_cell`.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(head)
    table.writerows(rows)
    with atomic_file(path, replaces=True) as file:
        file.write(text.getvalue().encode("utf-8"))
