"""The confusion matrix as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.evaluation.errors.confusion import Confusion
from boxwright.lettering.figure_text import figure_text
from boxwright.lettering.fonts import showable
from boxwright.writing.figure_file import write_figure

MOST_CLASSES = 30
LONGEST_NAME = 24


def confusion_figure(confusion: Confusion, categories: Sequence[str], path: Path, *, threshold: float) -> Path:
    """Draws a row for every true class and a column for every found one, the background last.

    The colour is the share of the row. With more than 30 classes those with the most mistakes are shown.

    Args:
        confusion: The counts.
        categories: Class names by label.
        path: Where to; a file that is there is replaced.
        threshold: Of the score, for the title.

    Returns:
        The path.
    """
    is_whole = len(categories) <= MOST_CLASSES
    labels = list(range(len(categories))) if is_whole else confusion.most_confused(MOST_CLASSES)
    names = [*(_short(showable(categories[label])) for label in labels), "background"]
    title = f"Detections with a score over {threshold:g}, at IoU 0.5"
    title += "" if is_whole else f"\n{len(labels)} of {len(categories)} classes: those with the most mistakes"
    with figure_text(names):
        return write_figure(_drawn(confusion.matrix(labels), names, title), path, replaces=True)


def _drawn(matrix: np.ndarray, names: list[str], title: str) -> Figure:
    side = max(4.5, 0.45 * len(names) + 2.5)
    figure = Figure(figsize=(side + 0.5, side), dpi=120, layout="constrained")
    axes: Any = FigureCanvasAgg(figure).figure.add_subplot()
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(matrix > 0).tolist():
        color = "white" if share[row, column] > 0.5 else "black"
        axes.text(column, row, str(matrix[row, column]), ha="center", va="center", fontsize=9, color=color)
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, names)
    axes.set_xlabel("found")
    axes.set_ylabel("true")
    axes.set_title(title, fontsize=11)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
