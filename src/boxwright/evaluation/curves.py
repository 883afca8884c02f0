"""The precision-recall figure."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.evaluation.pictures import CLASS_COLORS
from boxwright.evaluation.report import Report
from boxwright.figure_file import write_figure

MOST_NAMED = 20


def precision_recall_figure(report: Report, path: str | Path, *, replaces: bool = False) -> Path:
    """Draws precision over recall at IoU 0.5, one line per class and a black one for their mean, and saves it.

    Classes without objects are left out; beyond 20 classes the lines are not named one by one.

    Args:
        report: What was measured.
        path: Where to; the suffix decides the format (png, svg, pdf …).
        replaces: Whether a file that is there is replaced, see `atomic_file`.

    Returns:
        The path.
    """
    figure = Figure(figsize=(8, 6), dpi=120, layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    measured = [(i, row) for i, row in enumerate(report.per_class) if row.num_targets]
    for index, row in measured:
        name = f"{row.name}  {row.ap50:.3f}" if len(measured) <= MOST_NAMED else None
        axes.plot(report.recall, row.precision, color=CLASS_COLORS[index % len(CLASS_COLORS)], lw=1.5, label=name)
    if measured:
        mean = sum(row.precision for _, row in measured) / len(measured)
        axes.plot(
            report.recall, mean, color="black", lw=3, ls="--", label=f"mean of {len(measured)}  {report.ap50:.3f}"
        )
        axes.legend(title="class  AP50", loc="lower left", framealpha=0.9)
    else:
        axes.text(0.5, 0.5, "no objects to measure", ha="center", va="center", fontsize=14)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="Precision and recall at IoU 0.5")
    axes.grid(alpha=0.3)
    return write_figure(figure, Path(path), replaces=replaces)
