"""What an assignment did with every target, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int32, Int64
from torch import Tensor

from boxwright.criterion.criterion import Reaches
from boxwright.kernels.overlap_search import best_overlaps
from boxwright.structures import Assignment, Priors, Targets
from boxwright.structures.verdicts import Reason, Verdicts


@dataclass(frozen=True, slots=True)
class Tally:
    """One row per target that is not an ignored region.

    Args:
        num_images: Images that were looked at.
        ignored_regions: In them.
        labels: Class of the target.
        sizes: Width and height in canvas pixels.
        positives: Priors that answer for the target, by pyramid level.
        lost: Priors that it would have had, had not another target taken them, by level; None if nobody counted.
        best: The best fit of the target: quality of its best positive (0 without one) of an assigner that looks at
            predictions, else the IoU of the prior that overlaps it most.
        is_beyond: Whether none of its positives can express its box; without a positive, whether no prior can.
    """

    num_images: int
    ignored_regions: int
    labels: Int64[np.ndarray, "targets"]
    sizes: Float32[np.ndarray, "targets 2"]
    positives: Int32[np.ndarray, "targets levels"]
    lost: Int32[np.ndarray, "targets levels"] | None
    best: Float32[np.ndarray, "targets"]
    is_beyond: Bool[np.ndarray, "targets"]

    def __len__(self) -> int:
        """Number of targets."""
        return len(self.labels)

    @property
    def sides(self) -> Float32[np.ndarray, "targets"]:
        """Mean side √(w·h) in canvas pixels."""
        sides: Float32[np.ndarray, targets] = np.sqrt(self.sizes[:, 0] * self.sizes[:, 1])
        return sides

    @property
    def is_without(self) -> Bool[np.ndarray, "targets"]:
        """Which targets have no positive."""
        is_without: Bool[np.ndarray, targets] = self.positives.sum(axis=1) == 0
        return is_without


def tally_batch(
    priors: Priors,
    targets: Targets,
    assignment: Assignment,
    verdicts: Verdicts | None,
    reaches: Reaches | None,
    *,
    is_dynamic: bool,
) -> Tally:
    """Counts the targets of a batch.

    Args:
        priors: The priors of the canvas.
        targets: The objects of the batch.
        assignment: What became of them.
        verdicts: Why, or None.
        reaches: Of the coder, or None if it can express every box.
        is_dynamic: Whether the assigner looks at predictions, so that its quality means something.
    """
    live = (~targets.ignore).nonzero().squeeze(1)
    boxes = targets.boxes[live].float()
    quality = _best_quality(assignment, len(targets))[live] if is_dynamic else best_overlaps(boxes, priors)
    lost = None
    if verdicts is not None:
        is_lost = (verdicts.reason == int(Reason.LOST)).nonzero().squeeze(1)
        lost = _by_level(verdicts.target[is_lost], verdicts.prior[is_lost], priors, len(targets))[live]
    positives = _by_level(assignment.target, assignment.prior, priors, len(targets))[live]
    is_beyond = _beyond(priors, targets, assignment, reaches)[live]
    return Tally(
        targets.batch_size,
        len(targets) - len(live),
        targets.labels[live].cpu().numpy(),
        (boxes[:, 2:] - boxes[:, :2]).cpu().numpy(),
        positives.int().cpu().numpy(),
        None if lost is None else lost.int().cpu().numpy(),
        quality.float().cpu().numpy(),
        is_beyond.cpu().numpy(),
    )


def join_tallies(tallies: Sequence[Tally], num_levels: int) -> Tally:
    """Puts the tallies of several batches together.

    Args:
        tallies: In the order of the batches.
        num_levels: Pyramid levels of the system.
    """
    none = np.zeros((0, num_levels), np.int32)
    counted = all(tally.lost is not None for tally in tallies)
    return Tally(
        sum(tally.num_images for tally in tallies),
        sum(tally.ignored_regions for tally in tallies),
        np.concatenate([np.zeros(0, np.int64), *(tally.labels for tally in tallies)]),
        np.concatenate([np.zeros((0, 2), np.float32), *(tally.sizes for tally in tallies)]),
        np.concatenate([none, *(tally.positives for tally in tallies)]),
        np.concatenate([none, *(tally.lost for tally in tallies if tally.lost is not None)]) if counted else None,
        np.concatenate([np.zeros(0, np.float32), *(tally.best for tally in tallies)]),
        np.concatenate([np.zeros(0, np.bool_), *(tally.is_beyond for tally in tallies)]),
    )


def _best_quality(assignment: Assignment, num_targets: int) -> Tensor:
    quality = assignment.quality.float()
    return quality.new_zeros(num_targets).scatter_reduce_(0, assignment.target, quality, "amax")


def _by_level(target: Tensor, prior: Tensor, priors: Priors, num_targets: int) -> Tensor:
    """Counts rows by target and level."""
    levels = len(priors.grids)
    return torch.bincount(target * levels + priors.level[prior], minlength=num_targets * levels).view(-1, levels)


def _beyond(priors: Priors, targets: Targets, assignment: Assignment, reaches: Reaches | None) -> Tensor:
    fits = within_reach(reaches, targets.boxes[assignment.target], priors.rows(assignment.prior))
    reached = torch.zeros(len(targets), dtype=torch.bool, device=fits.device)
    has_pair = reached.clone()
    has_pair[assignment.target] = True
    reached[assignment.target[fits]] = True
    orphans = (~has_pair).nonzero().squeeze(1)
    reached[orphans] = within_reach_of_any(reaches, targets.boxes[orphans], priors)
    return ~reached


def within_reach(
    reaches: Reaches | None, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs 5"]
) -> Bool[Tensor, "pairs"]:
    """Says of every pair whether the code of the prior can express the box.

    Args:
        reaches: The coder's, or None for one that can express every box.
        boxes: xyxy in pixels.
        priors: cxcywh and stride in pixels.
    """
    if reaches is None:
        return torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    reached: Tensor = reaches(boxes=boxes, priors=priors)
    return reached


def within_reach_of_any(
    reaches: Reaches | None, boxes: Float[Tensor, "boxes 4"], priors: Priors
) -> Bool[Tensor, "boxes"]:
    """Says of every box whether some prior of the canvas can express it: of each kind the one nearest to its middle.

    Args:
        reaches: The coder's, or None for one that can express every box.
        boxes: xyxy in canvas pixels.
        priors: The priors of the canvas.
    """
    reached = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    for grid in priors.grids:
        last = centre.new_tensor((grid.width - 1, grid.height - 1))
        first = priors.boxes[grid.start, :2]
        cell = ((centre - first) / centre.new_tensor(grid.steps)).round().clamp(min=0).minimum(last).long()
        start = grid.start + (cell[:, 1] * grid.width + cell[:, 0]) * grid.priors_per_cell
        for slot in range(grid.priors_per_cell):
            reached |= within_reach(reaches, boxes, priors.rows(start + slot))
    return reached
