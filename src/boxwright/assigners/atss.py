"""Adaptive training sample selection: each object sets the IoU from which its nearest priors are positive."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.assigners.journal import Journal
from boxwright.assigners.matched import Matched, assignment_of
from boxwright.errors import ConfigError
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.precision import widest, without_autocast
from boxwright.kernels.grid_candidates import points_inside
from boxwright.kernels.nearest_cells import nearest_cells
from boxwright.kernels.plain_iou import plain_iou
from boxwright.kernels.segments import first_maximum_per_group
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts


class _Candidates(NamedTuple):
    """The priors of the nearest cells of every target; which are inside, and which overlap enough."""

    target: Tensor
    prior: Tensor
    overlap: Tensor
    inside: Tensor
    enough: Tensor


@dataclass(frozen=True, slots=True)
class AtssAssigner:
    """Gives each target those priors of its nearest cells that overlap it unusually much.

    Candidates of a target are the priors of the `nearest` cells to its centre, on each level; of equally near cells the
    lowest count. A candidate is positive if its centre lies strictly inside the target and its IoU is at least the mean
    plus the standard deviation (of the sample) of the IoUs of all candidates. A prior that several targets get goes to
    the one of largest IoU, then to the lowest. Every quality is 1.

    A point has no size, so it stands for a square: the paper has anchors of 8 strides.

    Source: ATSS, Zhang et al. 2020, algorithm 1; cells are counted, not anchors, as in its code.

    Args:
        nearest: Cells per level, at least 1.
        point_scale: Side of the square that a point stands for, in strides, above 0; anchors stand for themselves.
        guarantee: Whether a target that ends without a positive gets the nearest free point, see
            `boxwright.kernels.guarantee`.

    Raises:
        ConfigError: A field is out of its range.
    """

    nearest: int = 9
    point_scale: float = 8.0
    guarantee: bool = False

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if self.nearest < 1:
            raise ConfigError(f"nearest must be at least 1; found {self.nearest}.")
        if not 0 < self.point_scale < float("inf"):
            raise ConfigError(f"point_scale must be finite and above 0; found {self.point_scale}.")

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs, sorted by image and prior.

        Args:
            priors: Anchors, default boxes or points.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        del proposals
        with without_autocast(targets.boxes.device):
            return self._assignment(self._candidates(priors, targets), priors, targets)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every prior of a nearest cell, or inside the target, is one or is not.

        Args:
            priors: Anchors, default boxes or points.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        del proposals
        with without_autocast(targets.boxes.device):
            found = self._candidates(priors, targets)
            assignment = self._assignment(found, priors, targets)
            journal = Journal(assignment, priors, targets)
            for reason, rows in (
                (Reason.LOST, found.enough & found.inside),
                (Reason.BELOW_THRESHOLD, found.inside),
                (Reason.OUTSIDE_BOX, ~found.inside),
            ):
                journal.add(reason, found.target[rows], found.prior[rows])
            live = (~targets.ignore).nonzero().squeeze(1)
            row, prior = points_inside(targets.boxes[live], priors.grids)
            journal.add(Reason.BELOW_TOP_K, live[row], prior)
            journal.add_regions()
            verdicts = journal.close()
            overlap = self._overlap(targets.boxes[verdicts.target], verdicts.prior, priors)
            return assignment, replace(verdicts, overlap=overlap.to(verdicts.quality.dtype))

    def _candidates(self, priors: Priors, targets: Targets) -> _Candidates:
        live = (~targets.ignore).nonzero().squeeze(1)
        boxes = targets.boxes[live]
        centre = (boxes[:, :2].to(widest(boxes.device)) + boxes[:, 2:]) / 2
        levels = []
        for grid in priors.grids:
            cells = nearest_cells(centre, grid, self.nearest).unsqueeze(2)
            slots = torch.arange(grid.priors_per_cell, device=boxes.device)
            levels.append((grid.start + cells * grid.priors_per_cell + slots).flatten(1))
        prior = torch.cat(levels, dim=1)
        overlap = self._overlap(boxes.unsqueeze(1), prior, priors)
        mean = overlap.mean(dim=1, keepdim=True)
        spread = (overlap - mean).square().sum(dim=1, keepdim=True) / max(overlap.shape[1] - 1, 1)
        enough = overlap >= mean + spread.sqrt()
        place = priors.boxes[prior, :2]
        inside = ((place > boxes[:, None, :2]) & (place < boxes[:, None, 2:])).all(dim=2)
        target = live.unsqueeze(1).expand_as(prior)
        return _Candidates(*(column.flatten() for column in (target, prior, overlap, inside, enough)))

    def _overlap(self, boxes: Tensor, prior: Tensor, priors: Priors) -> Float[Tensor, "..."]:
        """Gives IoUs in the widest type, in which equal ones tie."""
        others = priors.boxes[prior].to(widest(boxes.device))
        if priors.derived(_are_points):
            others = torch.cat((others[..., :2], others[..., 2:] * self.point_scale), dim=-1)
        return plain_iou(boxes.to(others.dtype), cxcywh_to_xyxy(others))

    def _assignment(self, found: _Candidates, priors: Priors, targets: Targets) -> Assignment:
        rows = (found.enough & found.inside).nonzero().squeeze(1)
        target, prior, overlap = found.target[rows], found.prior[rows], found.overlap[rows]
        point = targets.image[target] * len(priors) + prior
        wins = first_maximum_per_group(overlap, point, target, targets.batch_size * len(priors))
        quality = torch.ones(len(target), device=target.device)
        pairs = Matched(target, prior, overlap, quality).take(wins)
        return assignment_of(pairs, priors, targets, guarantee=self.guarantee)


def _are_points(priors: Priors) -> bool:
    """Tells whether priors are points: one per cell, as large as it."""
    has_one = all(grid.priors_per_cell == 1 for grid in priors.grids)
    return has_one and bool((priors.boxes[:, 2:] == priors.stride.unsqueeze(1)).all())
