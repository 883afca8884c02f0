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
    """The levels, the anchors in one cell of each, and every step with every anchor, level by level."""

    stride: Float[Tensor, "levels 1 1"]
    size: Int64[Tensor, "levels 1 2"]  # columns and rows
    level: Int64[Tensor, "anchors"]
    sides: Float[Tensor, "anchors 1 2"]  # in strides
    first: Int64[Tensor, "anchors"]  # which prior it is in the first cell
    per_cell: Int64[Tensor, "anchors"]  # anchors of the level
    of_row: Int64[Tensor, "rows"]  # which anchor
    place: Int64[Tensor, "rows"]  # which step of which level: step * levels + level

    def priors(self, cells: Int64[Tensor, "pairs 2"], anchor: Int64[Tensor, "pairs"]) -> Int64[Tensor, "pairs"]:
        """Gives the prior of each anchor in its cell."""
        column, line = cells.unbind(1)
        width = self.size[:, 0, 0].take(self.level.take(anchor))
        return torch.addcmul(self.first.take(anchor), torch.addcmul(column, line, width), self.per_cell.take(anchor))


class _Places(NamedTuple):
    """The cells (column, row) at which the steps end, which take part, and which targets an anchor fits."""

    cells: Int64[Tensor, "steps levels targets 2"]
    usable: Bool[Tensor, "steps levels targets"]
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
            inside = ((around >= 0) & (around < anchors.size)).all(dim=3) & ~targets.ignore
            for reason, which in ((Reason.SHAPE_RATIO, ~places.fits), (Reason.OTHER_CELL, places.fits)):
                journal.add(reason, *_listed(_Places(around, inside, which), anchors))
            journal.add_regions()
            verdicts = journal.close()
            overlap = plain_iou(targets.boxes[verdicts.target], corners(priors)[verdicts.prior])
            return assignment, replace(verdicts, overlap=overlap)

    def _places(self, priors: Priors, targets: Targets) -> _Places:
        anchors = priors.derived(_anchors)
        centre, size = (half / anchors.stride for half in xyxy_to_cxcywh(targets.boxes).split(2, dim=1))
        ratio = size.index_select(0, anchors.level) / anchors.sides
        fits = torch.maximum(ratio, 1 / ratio).amax(dim=2) < self.threshold
        from_far = anchors.size - centre
        near, far = ((side % 1 < 0.5) & (side > 1) for side in (centre, from_far))
        usable = torch.cat((torch.ones_like(near[..., :1]), near, far), dim=2).movedim(2, 0)
        ends = (centre + _steps(centre.dtype, centre.device)).long()  # towards zero
        cells = torch.minimum(ends.clamp_(min=0), anchors.size - 1)
        if not self.repeats:
            usable[1:] &= (cells[1:] != cells[0]).any(dim=3)
        return _Places(cells, usable & ~targets.ignore, fits)


def _assignment(places: _Places, priors: Priors, targets: Targets) -> Assignment:
    target, prior = _listed(places, priors.derived(_anchors))
    ignored = ignored_priors(priors, targets, targets.image.take(target) * len(priors) + prior)
    return Assignment.of_pairs(priors, targets, prior=prior, target=target, ignored=ignored)


def _listed(places: _Places, anchors: _Anchors) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Lists target and prior where an anchor fits in a usable cell; the host waits once, for their number."""
    usable = places.usable.flatten(0, 1).index_select(0, anchors.place)
    row, target = (usable & places.fits.index_select(0, anchors.of_row)).nonzero(as_tuple=True)
    cells = places.cells.flatten(0, 1)[anchors.place.take(row), target]
    return target, anchors.priors(cells, anchors.of_row.take(row))


def _anchors(priors: Priors) -> _Anchors:
    device, levels = priors.boxes.device, range(len(priors.grids))
    slots = [(level, slot) for level in levels for slot in range(priors.grids[level].priors_per_cell)]
    rows = [
        (number, step * len(levels) + level)
        for level in levels
        for step in range(len(_STEPS))
        for number, (of, _) in enumerate(slots)
        if of == level
    ]
    of_level = torch.tensor([(grid.stride, grid.width, grid.height) for grid in priors.grids], device=device)
    per_cell = [priors.grids[level].priors_per_cell for level, _ in slots]
    first = [priors.grids[level].start + slot for level, slot in slots]
    level, first, per_cell = torch.tensor(([level for level, _ in slots], first, per_cell), device=device)
    of_row, place = torch.tensor(rows, device=device).unbind(1)
    stride, size = of_level[:, None, :1].float(), of_level[:, None, 1:].long()
    sides = priors.boxes[first, None, 2:] / stride.index_select(0, level)
    return _Anchors(stride, size, level, sides, first, per_cell, of_row, place)


def _steps(dtype: torch.dtype, device: torch.device) -> Float[Tensor, "steps 1 1 2"]:
    return constant(tuple(side for step in _STEPS for side in step), dtype, device).view(-1, 1, 1, 2)
