"""One picture of the statistics of a data set."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from boxwright.data.verification.statistics import DataStatistics
from boxwright.errors import counted
from boxwright.lettering.figure_text import figure_text
from boxwright.lettering.fonts import showable
from boxwright.writing.figure_file import write_figure

COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c")
MOST_CLASSES = 40
_BINS = 40
_SMALL, _LARGE = 32, 96  # sides that divide COCO's three sizes

Parts = Mapping[str, DataStatistics]


def statistics_sheet(parts: Parts, path: str | Path) -> Path:
    """Draws objects per class and per image, box sizes, shapes and places, and saves them as one sheet.

    Args:
        parts: Statistics by the name of the part, for instance "train" and "val".
        path: Where to; the suffix decides the format (png, svg, pdf …).

    Returns:
        The path.
    """
    with figure_text(showable(name) for part in parts.values() for name in part.categories):
        return write_figure(_drawn(parts), Path(path))


def _drawn(parts: Parts) -> Figure:
    figure = Figure(figsize=(16, 9), dpi=100, layout="constrained")
    axes = FigureCanvasAgg(figure).figure.subplots(2, 3)
    panels: tuple[Callable[[Axes, Parts], None], ...] = (_classes, _crowding, _sides, _shapes, _sizes, _places)
    for panel, place in zip(panels, axes.flat, strict=True):
        panel(place, parts)
    figure.suptitle("   ".join(_heading(name, part) for name, part in parts.items()))
    return figure


def _heading(name: str, part: DataStatistics) -> str:
    return (
        f"{name}: {counted(len(part.image_sizes), 'image')} ({part.images_without_objects:,} without objects), "
        f"{counted(len(part.labels), 'object')}"
    )


def _classes(axes: Axes, parts: Parts) -> None:
    """Objects per class, the most frequent first; by name, since parts may number their classes differently."""
    known = list(dict.fromkeys(name for part in parts.values() for name in part.categories))
    counts = np.array([_by_name(part, known) for part in parts.values()])
    totals = counts.sum(axis=0)
    order = np.argsort(-totals, kind="stable")[:MOST_CLASSES]
    thickness = 0.8 / len(parts)
    for number, name in enumerate(parts):
        places = np.arange(len(order)) + number * thickness
        axes.barh(places, counts[number, order], thickness, align="edge", color=COLORS[number], label=name)
    names = [showable(known[place]) for place in order]
    axes.set_yticks(np.arange(len(order)) + 0.4, names, fontsize=9 if len(order) <= 20 else 6)
    axes.invert_yaxis()
    hidden = len(totals) - len(order)
    axes.set(xlabel="objects", title="Objects per class" + (f" (without the {hidden} rarest)" if hidden else ""))
    axes.legend()


def _by_name(part: DataStatistics, names: Sequence[str]) -> list[int]:
    """Counts the objects of each class in an order of the names; 0 where the part does not have it."""
    found = dict(zip(part.categories, part.objects_per_class.tolist(), strict=True))
    return [found.get(name, 0) for name in names]


def _crowding(axes: Axes, parts: Parts) -> None:
    most = max((int(part.objects_per_image.max(initial=0)) for part in parts.values()), default=0)
    step = -(-(most + 1) // _BINS)  # whole numbers of objects
    edges = np.arange(0, most + 1 + step, step) - 0.5
    _outlines(axes, {name: part.objects_per_image for name, part in parts.items()}, edges)
    axes.set(xlabel="objects", ylabel="share of images", title="Objects per image")


def _sides(axes: Axes, parts: Parts) -> None:
    values = {name: part.sides for name, part in parts.items()}
    _outlines(axes, values, _geometric(values, 1.0))
    for limit in (_SMALL, _LARGE):
        axes.axvline(limit, color="grey", lw=1, ls=":")
    height, width = next(iter(parts.values())).canvas_size
    _doubling(axes)
    axes.set(xlabel="pixels (dotted: 32, 96)", ylabel="share of objects")
    axes.set_title(f"Mean box side on a canvas of {height} × {width}")


def _shapes(axes: Axes, parts: Parts) -> None:
    values = {name: part.aspect_ratios for name, part in parts.items()}
    _outlines(axes, values, _geometric(values, 0.01))
    axes.axvline(1, color="grey", lw=1, ls=":")
    _doubling(axes)
    axes.set(xlabel="width / height", ylabel="share of objects", title="Aspect ratio of the boxes")


def _sizes(axes: Axes, parts: Parts) -> None:
    for number, (name, part) in enumerate(parts.items()):
        axes.scatter(part.widths, part.heights, s=3, alpha=0.3, color=COLORS[number], label=name, rasterized=True)
    height, width = next(iter(parts.values())).canvas_size
    axes.set(xlim=(0, width), ylim=(0, height), xlabel="width", ylabel="height", title="Boxes in canvas pixels")


def _places(axes: Axes, parts: Parts) -> None:
    """Where objects lie; labels that pile up in a corner or on an edge show here."""
    centres = np.concatenate([part.centres for part in parts.values()])
    counts, *_ = np.histogram2d(centres[:, 1], centres[:, 0], bins=32, range=((0, 1), (0, 1)))
    axes.imshow(counts, extent=(0, 1, 1, 0), aspect="auto", cmap="viridis", interpolation="nearest")
    axes.set(xlabel="x / image width", ylabel="y / image height", title="Centres of the boxes, all parts")


def _outlines(axes: Axes, values: Mapping[str, np.ndarray], edges: np.ndarray) -> None:
    """Draws distributions as shares of each part, so that parts of different sizes compare."""
    for number, (name, numbers) in enumerate(values.items()):
        counts, _ = np.histogram(numbers, edges)
        axes.stairs(counts / max(len(numbers), 1), edges, fill=True, alpha=0.35, color=COLORS[number], label=name)
        axes.stairs(counts / max(len(numbers), 1), edges, color=COLORS[number])
    axes.legend()


def _doubling(axes: Axes) -> None:
    """Makes the horizontal axis logarithmic, with plain numbers at its ticks."""
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _geometric(values: Mapping[str, np.ndarray], least: float) -> np.ndarray:
    """Gives edges that grow by a constant factor and hold all values."""
    together = np.concatenate(list(values.values()))
    if not len(together):
        return np.array([least, 2 * least])
    low, high = max(float(together.min()), least), max(float(together.max()), least)
    edges: np.ndarray = np.geomspace(low * 0.999, max(high, low * 1.01) * 1.001, _BINS)
    return edges
