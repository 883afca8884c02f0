"""AP over milliseconds, as a picture."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.benchmarking.measured_model import MeasuredModel
from boxwright.evaluation.pictures import CLASS_COLORS
from boxwright.lettering.figure_text import figure_text
from boxwright.lettering.fonts import showable
from boxwright.writing.figure_file import write_figure

MARKERS = {"boxwright": "o", "onnx": "s", "openvino": "^", "torch": "D"}


def speed_figure(rows: Sequence[MeasuredModel], path: Path) -> Path:
    """Draws a point for every model; one without AP is named, and has none.

    Args:
        rows: What was measured.
        path: Where to; a file that is there is replaced.

    Returns:
        The path.
    """
    names = [f"{showable(row.model)}  {row.ap:.3f}  {row.milliseconds:.1f} ms" for row in rows]
    with figure_text(names):
        return write_figure(_drawn(rows, names), path, replaces=True)


def _drawn(rows: Sequence[MeasuredModel], names: Sequence[str]) -> Figure:
    figure = Figure(figsize=(8, 6), dpi=120, layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    points = [
        axes.plot([row.milliseconds], [row.ap], MARKERS[row.format], color=CLASS_COLORS[place % len(CLASS_COLORS)])[0]
        for place, row in enumerate(rows)
    ]
    legend = figure.legend(points, [str(place) for place in range(len(rows))], loc="outside lower left", fontsize=8)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)  # set later, since an entry that begins with _ would be left out
    best = max((row.ap for row in rows if not math.isnan(row.ap)), default=0.0)
    axes.set(xlabel="milliseconds per image", ylabel="AP 50:95", ylim=(0, min(1.0, 1.15 * best) or 1.0))
    axes.set_xlim(0, 1.1 * max(row.milliseconds for row in rows))
    axes.grid(alpha=0.3)
    return figure
