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
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

# Own cell, left, upper, right, lower: half a cell from the centre of the target, as (x, y).
_STEPS = ((0.0, 0.0), (-0.5, 0.0), (0.0, -0.5), (0.5, 0.0), (0.0, 0.5))


class _Anchors(NamedTuple):
    """The anchors in one cell of each level, level by level."""

    sides: Float[Tensor, "anchors 1 2"]  # in strides
    stride: Float[Tensor, "anchors 1 1"]
    grid: Int64[Tensor, "anchors 1 2"]  # columns and rows of the level
    first: Int64[Tensor, "anchors 1"]  # which prior it is in the first cell
    per_cell: Int64[Tensor, "anchors 1"]  # anchors of the level

    def priors(self, cells: Int64[Tensor, "steps anchors targets 2"]) -> Int64[Tensor, "steps anchors targets"]:
        """Gives the prior of every anchor in its cells."""
        column, line = cells.unbind(3)
        return torch.addcmul(self.first, torch.addcmul(column, line, self.grid[..., 0]), self.per_cell)


class _Places(NamedTuple):
    """Of every anchor: the cells (column, row) at which the steps end, which take part, and which targets it fits."""

    cells: Int64[Tensor, "steps anchors targets 2"]
    usable: Bool[Tensor, "steps anchors targets"]
    fits: Bool[Tensor, "anchors targets"]


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
            return _assignment(self._places(priors, targets), priors, targets)

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
            places, anchors = self._places(priors, targets), priors.derived(_anchors)
            assignment = _assignment(places, priors, targets)
            journal = Journal(assignment, priors, targets)
            around = places.cells[0] + (2 * _steps(torch.float32, targets.boxes.device)).long()
            inside = ((around >= 0) & (around < anchors.grid)).all(dim=3) & ~targets.ignore
            for reason, which in ((Reason.SHAPE_RATIO, ~places.fits), (Reason.OTHER_CELL, places.fits)):
                step, anchor, row = (inside & which).nonzero(as_tuple=True)
                journal.add(reason, row, anchors.priors(around)[step, anchor, row])
            journal.add_regions()
            verdicts = journal.close()
            overlap = plain_iou(targets.boxes[verdicts.target], corners(priors)[verdicts.prior])
            return assignment, replace(verdicts, overlap=overlap)

    def _places(self, priors: Priors, targets: Targets) -> _Places:
        anchors = priors.derived(_anchors)
        centre, size = (half / anchors.stride for half in xyxy_to_cxcywh(targets.boxes).split(2, dim=1))
        ratio = size / anchors.sides
        fits = torch.maximum(ratio, 1 / ratio).amax(dim=2) < self.threshold
        from_far = anchors.grid - centre
        near, far = ((side % 1 < 0.5) & (side > 1) for side in (centre, from_far))
        usable = torch.cat((torch.ones_like(near[..., :1]), near, far), dim=2).movedim(2, 0)
        ends = (centre + _steps(centre.dtype, centre.device)).long()  # towards zero
        cells = torch.minimum(ends.clamp(min=0), anchors.grid - 1)
        if not self.repeats:
            usable[1:] &= (cells[1:] != cells[0]).any(dim=3)
        return _Places(cells, usable, fits)


def _assignment(places: _Places, priors: Priors, targets: Targets) -> Assignment:
    """Lists the usable cells with the anchors that fit, level by level; the host waits once, for their number."""
    chosen, prior = places.usable & (places.fits & ~targets.ignore), priors.derived(_anchors).priors(places.cells)
    per_level = [grid.priors_per_cell for grid in priors.grids]
    chosen, prior = (torch.cat([level.flatten() for level in of.split(per_level, dim=1)]) for of in (chosen, prior))
    found = chosen.nonzero().squeeze(1)
    prior, target = prior.take(found), found % max(1, len(targets))
    ignored = ignored_priors(priors, targets, targets.image.take(target) * len(priors) + prior)
    return Assignment.of_pairs(priors, targets, prior=prior, target=target, ignored=ignored)


def _anchors(priors: Priors) -> _Anchors:
    rows = [
        (grid.stride, grid.width, grid.height, grid.start + slot, grid.priors_per_cell)
        for grid in priors.grids
        for slot in range(grid.priors_per_cell)
    ]
    table = torch.tensor(rows, device=priors.boxes.device).unsqueeze(1)
    stride, grid, first, per_cell = table[..., :1].float(), table[..., 1:3], table[..., 3], table[..., 4]
    return _Anchors(priors.boxes[first, 2:] / stride, stride, grid, first, per_cell)


def _steps(dtype: torch.dtype, device: torch.device) -> Float[Tensor, "steps 1 1 2"]:
    return constant(tuple(side for step in _STEPS for side in step), dtype, device).view(-1, 1, 1, 2)
