"""Shape-ratio assignment: anchors of similar shape, in the cell of an object's centre and the nearest neighbours."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.assigners.journal import Journal
from boxwright.errors import ConfigError
from boxwright.geometry.boxes import xyxy_to_cxcywh
from boxwright.geometry.precision import constant, without_autocast
from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.kernels.plain_iou import corners, plain_iou
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import LevelGrid, Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

# Own cell, left, upper, right, lower: half a cell from the centre of the target, as (x, y).
_STEPS = ((0.0, 0.0), (-0.5, 0.0), (0.0, -0.5), (0.5, 0.0), (0.0, 0.5))


class _Level(NamedTuple):
    """On one level: the cells (column, row) at which the steps end, which of them take part, and which anchors fit."""

    cells: Tensor
    usable: Tensor
    fits: Tensor


@dataclass(frozen=True, slots=True)
class ShapeRatioAssigner:
    """Gives each target the anchors of about its shape, on every level, in up to three cells.

    An anchor fits if neither side of the target is `threshold` times as long or as short, or more. Of a level where
    it fits, these cells take part: the one that holds the target's centre, the left one if the centre lies in the left
    half of its cell and more than one cell from the left border of the grid, and likewise the upper, right and lower
    one. Positions are cut to the grid. A prior may serve several targets; a target may get no prior, or priors of
    several levels. Every quality is 1.

    A centre exactly on the border between two cells belongs to the right one and lies, by the published rule, in the
    "half" nearest to both sides. The step to the right then ends in the own cell, and published code counts that pair
    twice (on a corner of cells three times). Here every pair is listed once.

    The pairs come level by level; in a level: own, left, upper, right, lower cells; in these: anchor, target.

    Source: Jocher et al., YOLOv5 (software, 2020).

    Args:
        threshold: The ratio of sides at which an anchor fits no more, above 1.
        repeats: Whether a pair is listed as often as published code counts it.

    Raises:
        ConfigError: The threshold is not above 1.
    """

    threshold: float = 4.0
    repeats: bool = False

    def __post_init__(self) -> None:
        """Checks the threshold."""
        if not self.threshold > 1:
            raise ConfigError(
                f"threshold is a ratio of the longer to the shorter side, above 1; found {self.threshold}."
            )

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs.

        Args:
            priors: An anchor grid.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        del proposals
        with without_autocast(targets.boxes.device):
            return _assignment(self._levels(priors, targets), priors, targets)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every anchor in the cell of a target's centre and the four beside it is one or not.

        Args:
            priors: An anchor grid.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        del proposals
        with without_autocast(targets.boxes.device):
            levels, live = self._levels(priors, targets), ~targets.ignore
            assignment = _assignment(levels, priors, targets)
            journal = Journal(assignment, priors, targets)
            for grid, level in zip(priors.grids, levels, strict=True):
                around, inside = _around(level.cells[0], grid)
                for reason, anchors in ((Reason.SHAPE_RATIO, ~level.fits), (Reason.OTHER_CELL, level.fits)):
                    step, anchor, row = (inside.unsqueeze(1) & (anchors & live)).nonzero(as_tuple=True)
                    journal.add(reason, row, _priors_of(around, grid)[step, anchor, row])
            journal.add_regions()
            verdicts = journal.close()
            overlap = plain_iou(targets.boxes[verdicts.target], corners(priors)[verdicts.prior])
            return assignment, replace(verdicts, overlap=overlap)

    def _levels(self, priors: Priors, targets: Targets) -> list[_Level]:
        boxes = xyxy_to_cxcywh(targets.boxes)
        return [self._match(boxes, grid, priors.boxes) for grid in priors.grids]

    def _match(
        self, boxes: Float[Tensor, "targets 4"], grid: LevelGrid, prior_boxes: Float[Tensor, "priors 4"]
    ) -> _Level:
        first_cell = slice(grid.start, grid.start + grid.priors_per_cell)
        fits = self._fits(boxes[:, 2:] / grid.stride, prior_boxes[first_cell, 2:] / grid.stride)
        cells, usable = _cells(boxes[:, :2] / grid.stride, grid)
        if not self.repeats:
            usable[1:] &= (cells[1:] != cells[0]).any(dim=2)
        return _Level(cells, usable, fits)

    def _fits(
        self, sizes: Float[Tensor, "targets 2"], anchors: Float[Tensor, "anchors 2"]
    ) -> Bool[Tensor, "anchors targets"]:
        ratio = sizes / anchors.unsqueeze(1)
        return torch.maximum(ratio, 1 / ratio).amax(dim=2) < self.threshold


def _assignment(levels: list[_Level], priors: Priors, targets: Targets) -> Assignment:
    """Lists the usable cells with the anchors that fit; the host waits once, for their number."""
    grids, live = priors.grids, ~targets.ignore
    chosen = [(level.usable.unsqueeze(1) & (level.fits & live)).flatten() for level in levels]
    places = [_priors_of(level.cells, grid).flatten() for level, grid in zip(levels, grids, strict=True)]
    found = torch.cat(chosen).nonzero().squeeze(1)
    prior, target = torch.cat(places).take(found), found % max(1, len(targets))
    ignored = ignored_priors(priors, targets, targets.image.take(target) * len(priors) + prior)
    return Assignment.of_pairs(priors, targets, prior=prior, target=target, ignored=ignored)


def _priors_of(cells: Int64[Tensor, "steps targets 2"], grid: LevelGrid) -> Int64[Tensor, "steps anchors targets"]:
    """Gives the prior of every anchor in each of the cells."""
    column, line = cells.unbind(2)
    of_first_cell = tuple(range(grid.start, grid.start + grid.priors_per_cell))
    anchor = constant(of_first_cell, torch.int64, cells.device).unsqueeze(1)
    return anchor.add(column.add(line, alpha=grid.width).unsqueeze(1), alpha=grid.priors_per_cell)


def _around(
    own: Int64[Tensor, "targets 2"], grid: LevelGrid
) -> tuple[Int64[Tensor, "steps targets 2"], Bool[Tensor, "steps targets"]]:
    """Gives the own cell and the four beside it, and which of them there are."""
    cells = own + (2 * _steps(torch.float32, own.device)).long()
    size = constant((float(grid.width), float(grid.height)), torch.float32, own.device)
    return cells, ((cells >= 0) & (cells < size)).all(dim=2)


def _cells(
    centres: Float[Tensor, "targets 2"], grid: LevelGrid
) -> tuple[Int64[Tensor, "steps targets 2"], Bool[Tensor, "steps targets"]]:
    """Gives the (column, row) at which each step ends, and whether its cell takes part."""
    size = constant((float(grid.width), float(grid.height)), centres.dtype, centres.device)
    from_far = size - centres
    near, far = ((side % 1 < 0.5) & (side > 1) for side in (centres, from_far))
    usable = torch.cat((torch.ones_like(near[:, :1]), near, far), dim=1)
    ends = (centres + _steps(centres.dtype, centres.device)).long()  # towards zero
    return torch.minimum(ends.clamp(min=0), size.long() - 1), usable.t()


def _steps(dtype: torch.dtype, device: torch.device) -> Float[Tensor, "steps 1 2"]:
    return constant(tuple(side for step in _STEPS for side in step), dtype, device).view(-1, 1, 2)
