"""Measured models as a table: on a terminal, and as CSV."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from boxwright.benchmarking.measured_model import MeasuredModel
from boxwright.lettering.columns import shown_width, to_left, to_right
from boxwright.lettering.visible import visible
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.table_cell import table_cell

MEGABYTE = 1e6
HEAD = (
    *("model", "format", "system", "canvas_height", "canvas_width", "batch_size", "device", "threads", "images"),
    *("ap", "ap50", "mask_ap", "ms_per_image", "preparation_ms", "network_ms", "postprocessing_ms"),
    *("peak_memory_mb", "size_mb"),
)
_TITLES = ("model", "format", "canvas", "AP", "AP50", "mask AP", "ms", "preparation", "network", "postprocessing")
_SIZES = ("memory MB", "size MB")
_TEXTS = 3


def result_table(rows: Sequence[MeasuredModel]) -> str:
    """Writes the numbers as aligned text, a line per model; what there is none of is a dash.

    Args:
        rows: In their order.
    """
    lines = [[*_TITLES, *_SIZES], *(_cells(row) for row in rows)]
    if all(row.mask_ap is None for row in rows):
        lines = [[cell for cell, title in zip(line, lines[0], strict=True) if title != "mask AP"] for line in lines]
    widths = [max(map(shown_width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            (to_left if place < _TEXTS else to_right)(cell, width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def write_results(rows: Iterable[MeasuredModel], path: Path) -> None:
    """Writes a row for every model; what there is none of stays empty.

    Args:
        rows: In their order.
        path: Where to; a file that is there is replaced.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEAD)
    table.writerows(_row(row) for row in rows)
    with atomic_file(path, replaces=True) as file:
        file.write(text.getvalue().encode("utf-8"))


def _cells(row: MeasuredModel) -> list[str]:
    numbers = [
        *(_number(value, 4) for value in (row.ap, row.ap50, row.mask_ap)),
        *(_number(value, 1) for value in (row.milliseconds, row.preparation, row.network, row.postprocessing)),
        _number(_megabytes(row.peak_memory), 0),
        _number(_megabytes(row.size), 1),
    ]
    canvas = " × ".join(map(str, row.canvas))
    return [visible(row.model), row.format, canvas, *(number or "-" for number in numbers)]


def _row(row: MeasuredModel) -> tuple[str | int, ...]:
    times = (row.milliseconds, row.preparation, row.network, row.postprocessing)
    return (
        *(table_cell(visible(row.model)), row.format, row.system, *row.canvas),
        *(row.batch_size, row.device, row.threads, row.images),
        *(_number(value, 6) for value in (row.ap, row.ap50, row.mask_ap)),
        *(_number(value, 3) for value in times),
        *(_number(_megabytes(value), 3) for value in (row.peak_memory, row.size)),
    )


def _megabytes(size: int | None) -> float | None:
    return None if size is None else size / MEGABYTE


def _number(value: float | None, digits: int) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}"
