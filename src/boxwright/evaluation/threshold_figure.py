"""Precision, recall and F1 over the threshold of the score, as a picture."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from boxwright.evaluation.report import Report
from boxwright.evaluation.threshold_curve import THRESHOLDS
from boxwright.writing.figure_file import write_figure

COLORS = {"f1": "#111111", "precision": "#0072B2", "recall": "#D55E00"}
NAMES = {"f1": "F1", "precision": "precision", "recall": "recall"}


def threshold_figure(report: Report, path: Path) -> Path:
    """Draws the means over the classes, the F1 of every class as a thin line, and where the mean F1 is best.

    Args:
        report: What was measured; of masks where they are compared.
        path: Where to; a file that is there is replaced.

    Returns:
        The path.
    """
    compared = report.masks or report
    figure = Figure(figsize=(8, 5), dpi=120)
    figure.subplots_adjust(left=0.06, right=0.97, bottom=0.11, top=0.92)  # to search them takes longer than to draw
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    for row in compared.per_class:
        if row.num_targets and row.by_threshold is not None:
            axes.plot(THRESHOLDS, row.by_threshold.f1, color="#9aa1a9", lw=0.8)
    if compared.by_threshold is not None and compared.num_targets:
        for name, color in COLORS.items():
            axes.plot(THRESHOLDS, getattr(compared.by_threshold, name), color=color, lw=2, label=NAMES[name])
        axes.legend(loc="lower center", title="mean over classes; grey: F1 of one")
    if report.best_threshold is not None:
        axes.axvline(report.best_threshold, color="#111111", ls=":", lw=1.2)
        axes.text(report.best_threshold, 1.025, f" best {report.best_threshold:.2f}", fontsize=10)
    axes.set(xlabel="threshold of the score", xlim=(0, 1), ylim=(0, 1.08), title="At IoU 0.5")
    axes.grid(alpha=0.3)
    return write_figure(figure, path, replaces=True)
