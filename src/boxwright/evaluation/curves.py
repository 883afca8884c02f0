"""The precision-recall figure."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.evaluation.pictures import CLASS_COLORS
from boxwright.evaluation.report import ClassReport, Report
from boxwright.lettering.figure_text import figure_text
from boxwright.lettering.fonts import showable
from boxwright.writing.figure_file import write_figure

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
    measured = [(index, row) for index, row in enumerate(report.per_class) if row.num_targets]
    names = [f"{showable(row.name)}  {row.ap50:.3f}" for _, row in measured]
    with figure_text(names):
        figure = _drawn(report, measured, names if len(measured) <= MOST_NAMED else [])
        return write_figure(figure, Path(path), replaces=replaces)


def _drawn(report: Report, measured: list[tuple[int, ClassReport]], names: list[str]) -> Figure:
    figure = Figure(figsize=(8, 6), dpi=120)
    figure.subplots_adjust(left=0.085, right=0.97, bottom=0.09, top=0.94)  # to search them takes longer than to draw
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    lines = []
    for index, row in measured:
        color = CLASS_COLORS[index % len(CLASS_COLORS)]
        lines += axes.plot(report.recall, row.precision, color=color, lw=1.5)
    if measured:
        mean = sum(row.precision for _, row in measured) / len(measured)
        (line,) = axes.plot(report.recall, mean, color="black", lw=3, ls="--")
        entries = [*names, f"mean of {len(measured)}  {report.ap50:.3f}"]
        shown = [*lines[: len(names)], line]
        legend = axes.legend(
            shown, [str(number) for number in range(len(shown))], title="class  AP50", loc="lower left", framealpha=0.9
        )
        for text, entry in zip(legend.get_texts(), entries, strict=True):
            text.set_text(entry)  # set later, since an entry that begins with _ would be left out
    else:
        axes.text(0.5, 0.5, "no objects to measure", ha="center", va="center", fontsize=14)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title="Precision and recall at IoU 0.5")
    axes.grid(alpha=0.3)
    return figure
