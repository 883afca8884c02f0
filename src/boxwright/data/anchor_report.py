"""How well anchors fit the objects of a data set, and anchors that fit better."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.data.dataset import Dataset
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.errors import counted
from boxwright.geometry.letterbox import fit_letterbox
from boxwright.prior_generators.anchor_fit import best_possible_recall, fit_anchors, mean_fitness

WANTED_RECALL = 0.98
DECIMALS = 2  # of fitted anchors, so that they can be typed

Anchors = Sequence[Sequence[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class AnchorFit:
    """Anchors and how they fit.

    Args:
        anchors: Width and height in canvas pixels, by level.
        recall: Share of the objects that an anchor may match, see `best_possible_recall`.
        fitness: How near the best anchor of an object is on average, see `mean_fitness`.
    """

    anchors: tuple[tuple[tuple[float, float], ...], ...]
    recall: float
    fitness: float


@dataclass(frozen=True, slots=True)
class AnchorReport:
    """What was found about the anchors of a system on a data set.

    Args:
        canvas_size: Height and width in pixels.
        num_objects: Objects with an area, ignored ones left out.
        before: The anchors as they were.
        after: Anchors fitted to the objects, or None if that was not tried.
        is_adopted: Whether the fitted ones are used.
    """

    canvas_size: tuple[int, int]
    num_objects: int
    before: AnchorFit
    after: AnchorFit | None = None
    is_adopted: bool = False

    @property
    def is_enough(self) -> bool:
        """Whether the anchors as they were reach 98 % of the objects; true without objects."""
        return not self.before.recall < WANTED_RECALL

    def table(self) -> str:
        """Shows recall, fitness and anchors before and after."""
        rows = [("before", self.before), *([("fitted", self.after)] if self.after else [])]
        lines = [f"{'anchors':<8}{'within reach':>13}{'fitness':>9}  width x height in pixels, by level"]
        for name, fit in rows:
            levels = " | ".join(" ".join(f"{w:g}x{h:g}" for w, h in level) for level in fit.anchors)
            lines.append(f"{name:<8}{_percent(fit.recall):>13}{fit.fitness:>9.3f}  {levels}")
        return "\n".join(lines)

    def verdict(self) -> str:
        """Says in a sentence what was found and what follows."""
        height, width = self.canvas_size
        if not self.num_objects:
            return "Anchors: there are no objects to measure them on; kept."
        found = (
            f"{_percent(self.before.recall)} of {counted(self.num_objects, 'object')} on a canvas of {height} × {width}"
        )
        if self.is_enough:
            return f"Anchors: {found} are within reach of one; kept."
        if self.after is None:
            return f"Anchors: only {found} are within reach of one."
        if self.is_adopted:
            return f"Anchors: only {found} were within reach of one; fitted ones reach {_percent(self.after.recall)}."
        return f"Anchors: only {found} are within reach of one; kept. Fitted: {_percent(self.after.recall)}."


def object_sizes(dataset: Dataset, canvas_size: tuple[int, int]) -> Float[Tensor, "objects 2"]:
    """Gives width and height of every object in canvas pixels, after the letterbox; images are not decoded.

    Args:
        dataset: Ignored objects and boxes without an area are left out.
        canvas_size: Height and width in pixels.
    """
    table = getattr(dataset, "table", None)
    if isinstance(table, AnnotationTable):
        sizes = _sizes_in(table, canvas_size)
        return sizes[(sizes > 0).all(dim=1)]
    found = [torch.zeros(0, 2)]
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        boxes = fit_letterbox(truth.origin.size, canvas_size).to_canvas(truth.boxes[~truth.ignore])
        found.append(boxes[:, 2:] - boxes[:, :2])
    sizes = torch.cat(found)
    return sizes[(sizes > 0).all(dim=1)]


def _sizes_in(table: AnnotationTable, canvas_size: tuple[int, int]) -> Float[Tensor, "objects 2"]:
    """Gives width and height of the objects of a table, those of all images of one size at once."""
    rows = np.flatnonzero(~table.ignore)
    if not len(rows):
        return torch.zeros(0, 2)
    images = np.searchsorted(table.offsets, rows, side="right") - 1
    kinds, kind_of_image = np.unique(table.sizes, axis=0, return_inverse=True)
    kind = kind_of_image.reshape(-1)[images]
    order = np.argsort(kind, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(kind, minlength=len(kinds)))[:-1])
    sizes = torch.zeros(len(rows), 2)
    for (height, width), group in zip(kinds.tolist(), groups, strict=True):
        boxes = torch.from_numpy(table.boxes[rows[group]])
        placed = fit_letterbox((height, width), canvas_size).to_canvas(boxes)
        sizes[torch.from_numpy(group)] = placed[:, 2:] - placed[:, :2]
    return sizes


def measure_anchors(
    sizes: Float[Tensor, "objects 2"], canvas_size: tuple[int, int], levels: Any, ratio_limit: float
) -> AnchorReport:
    """Measures anchors on objects.

    Args:
        sizes: Of `object_sizes`.
        canvas_size: Height and width in pixels.
        levels: Width and height of the anchors in canvas pixels, by level.
        ratio_limit: As in `best_possible_recall`.
    """
    return AnchorReport(canvas_size, len(sizes), _fit_of(sizes, levels, ratio_limit))


def with_fitted(
    report: AnchorReport, sizes: Float[Tensor, "objects 2"], ratio_limit: float, *, seed: int
) -> AnchorReport:
    """Fits as many anchors to the objects as the report has, and adds them to it.

    Args:
        report: Of `measure_anchors`.
        sizes: Of `object_sizes`.
        ratio_limit: As in `best_possible_recall`.
        seed: Of the fit.
    """
    if not len(sizes):
        return report
    counts = [len(level) for level in report.before.anchors]
    fitted = fit_anchors(sizes, sum(counts), ratio_limit=ratio_limit, seed=seed).double().round(decimals=DECIMALS)
    levels = [level.tolist() for level in fitted.clamp(min=10**-DECIMALS).split(counts)]
    return dataclasses.replace(report, after=_fit_of(sizes, levels, ratio_limit))


def _fit_of(sizes: Tensor, levels: Anchors, ratio_limit: float) -> AnchorFit:
    kept = tuple(tuple((float(width), float(height)) for width, height in level) for level in levels)
    flat = torch.tensor([side for level in kept for side in level], dtype=torch.float64)
    precise = sizes.double()
    return AnchorFit(kept, best_possible_recall(precise, flat, ratio_limit), mean_fitness(precise, flat, ratio_limit))


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"
