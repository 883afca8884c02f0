"""Shape-ratio assignment: anchors of similar shape, in the cell of an object's centre and the nearest neighbours."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.assigners.journal import Journal
from boxwright.errors import ConfigError
from boxwright.geometry.boxes import xyxy_to_cxcywh
from boxwright.geometry.precision import without_autocast
from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.kernels.overlap_candidates import iou_of_pairs
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
            live = (~targets.ignore).nonzero().squeeze(1)
            return _assignment(self._levels(live, priors, targets), live, priors, targets)

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
            live = (~targets.ignore).nonzero().squeeze(1)
            levels = self._levels(live, priors, targets)
            assignment = _assignment(levels, live, priors, targets)
            journal = Journal(assignment, priors, targets)
            for grid, level in zip(priors.grids, levels, strict=True):
                around, inside = _around(level.cells[0], grid)
                for reason, anchors in ((Reason.SHAPE_RATIO, ~level.fits), (Reason.OTHER_CELL, level.fits)):
                    row, prior = _pairs(around, inside, anchors, grid)
                    journal.add(reason, live[row], prior)
            journal.add_regions()
            verdicts = journal.close()
            overlap = iou_of_pairs(targets.boxes[verdicts.target], priors.boxes[verdicts.prior])
            return assignment, replace(verdicts, overlap=overlap)

    def _levels(self, live: Int64[Tensor, "live"], priors: Priors, targets: Targets) -> list[_Level]:
        boxes = xyxy_to_cxcywh(targets.boxes[live])
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


def _assignment(levels: list[_Level], live: Tensor, priors: Priors, targets: Targets) -> Assignment:
    pairs = [_pairs(*level, grid) for level, grid in zip(levels, priors.grids, strict=True)]
    target, prior = live[torch.cat([row for row, _ in pairs])], torch.cat([prior for _, prior in pairs])
    ignored = ignored_priors(priors, targets, targets.image[target] * len(priors) + prior)
    return Assignment.of_pairs(priors, targets, prior=prior, target=target, ignored=ignored)


def _pairs(
    cells: Int64[Tensor, "steps targets 2"],
    usable: Bool[Tensor, "steps targets"],
    anchors: Bool[Tensor, "anchors targets"],
    grid: LevelGrid,
) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Gives row and prior of the usable cells with the marked anchors of one level."""
    step, anchor, row = (usable.unsqueeze(1) & anchors).nonzero(as_tuple=True)
    column, line = cells[step, row].unbind(1)
    return row, grid.start + (line * grid.width + column) * grid.priors_per_cell + anchor


def _around(
    own: Int64[Tensor, "targets 2"], grid: LevelGrid
) -> tuple[Int64[Tensor, "steps targets 2"], Bool[Tensor, "steps targets"]]:
    """Gives the own cell and the four beside it, and which of them there are."""
    cells = own + (2 * torch.tensor(_STEPS, device=own.device)).long().unsqueeze(1)
    return cells, ((cells >= 0) & (cells < own.new_tensor((grid.width, grid.height)))).all(dim=2)


def _cells(
    centres: Float[Tensor, "targets 2"], grid: LevelGrid
) -> tuple[Int64[Tensor, "steps targets 2"], Bool[Tensor, "steps targets"]]:
    """Gives the (column, row) at which each step ends, and whether its cell takes part."""
    size = centres.new_tensor((grid.width, grid.height))
    from_far = size - centres
    near, far = ((side % 1 < 0.5) & (side > 1) for side in (centres, from_far))
    usable = torch.cat((torch.ones_like(near[:, :1]), near, far), dim=1)
    ends = (centres + centres.new_tensor(_STEPS).unsqueeze(1)).long()  # towards zero
    return torch.minimum(ends.clamp(min=0), size.long() - 1), usable.t()
