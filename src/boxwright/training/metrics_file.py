"""The table of losses and AP, one row per epoch."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.lettering.figure_text import figure_text
from boxwright.training.assignment_tally import POSITIVES, WITHOUT
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.figure_file import write_figure

Row = dict[str, int | float | None]

SCORES = ("ap", "ap50", "mask_ap", "mask_ap50")
MEMORY = "gpu_memory"
NO_LOSSES = ("epoch", *SCORES, "lr", "seconds", "images_per_second", MEMORY)
VAL, TIME = "val_", "time_"
"""How the names of losses on val, and of shares of the time, begin."""


class MetricsFile:
    """Rewrites the whole file at every epoch, so that it is never cut short and no epoch appears twice.

    Args:
        path: The CSV file; rows that it already has are taken up.
        key: Column of whole numbers that rise from row to row.
    """

    def __init__(self, path: Path, key: str = "epoch") -> None:
        self.path, self.key = path, key
        self.rows: list[Row] = []
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                self.rows = [_numbers(row) for row in csv.DictReader(file)]

    def forget_after(self, last: int) -> None:
        """Drops rows, in memory.

        Args:
            last: The key of the last one to keep.
        """
        self.rows = [row for row in self.rows if (row[self.key] or 0) <= last]

    def add(self, row: Mapping[str, int | float | None]) -> None:
        """Writes the row of an epoch in place of any row of that or a later epoch.

        Args:
            row: Has the key.
        """
        key = row[self.key]
        assert isinstance(key, int)
        self.forget_after(key - 1)
        self.rows.append(dict(row))
        self.write()

    def write(self) -> None:
        """Writes all rows."""
        names = list(dict.fromkeys(name for one in self.rows for name in one))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        with atomic_file(self.path, replaces=True) as file:
            file.write(text.getvalue().encode())


def draw_curves(rows: list[Row], path: Path) -> None:
    """Draws every loss, on val too, and AP over the epochs.

    Args:
        rows: Of a `MetricsFile`.
        path: The PNG file.
    """
    losses = [name for name in (rows[0] if rows else {}) if name not in NO_LOSSES]
    losses = [name for name in losses if not name.startswith((WITHOUT, POSITIVES, VAL, TIME))]
    with figure_text(losses):
        write_figure(_drawn(rows, losses), path, replaces=True, dpi=110)


def _drawn(rows: list[Row], losses: list[str]) -> Figure:
    width = 3.2 * (len(losses) + 1)
    figure = Figure(figsize=(width, 3.2))
    between = 0.7 / (width / (len(losses) + 1) - 0.7)  # inches for the numbers, in widths of a curve
    # to search the margins takes longer than to draw
    figure.subplots_adjust(left=0.6 / width, right=1 - 0.1 / width, bottom=0.16, top=0.89, wspace=between)
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(losses) + 1, squeeze=False)[0]
    for axis, names in zip(axes, [(name, f"{VAL}{name}") for name in losses] + [SCORES], strict=True):
        for name in names:
            points = [(row["epoch"], row[name]) for row in rows if row.get(name) is not None]
            if points:
                label = "val" if name.startswith(VAL) else "train" if len(names) == 2 else name
                axis.plot([epoch for epoch, _ in points], [value for _, value in points], marker=".", label=label)
        axis.set_title("AP" if names == SCORES else f"{names[0]} loss")
        if axis.has_data():
            axis.legend()
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.3)
    axes[-1].set_ylim(0, 1)
    return figure


def _numbers(row: Mapping[str, str]) -> Row:
    values: Row = {name: float(value) if value else None for name, value in row.items()}
    return values | {name: int(values[name] or 0) for name in ("epoch", "step") if name in values}
