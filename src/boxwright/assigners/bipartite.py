"""Matching by two rules: every target has its best prior; other priors join a target that they overlap enough."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.assigners.journal import NEARLY, Journal
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.precision import without_autocast
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.dense_bipartite import dense_bipartite
from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.kernels.listed_bipartite import listed_bipartite
from boxwright.kernels.overlap_search import Overlaps, best_of_rows, overlapping_pairs
from boxwright.kernels.plain_iou import exact_corners, plain_iou
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

SHARED_BEST = ("greedy", "last")


@dataclass(frozen=True, slots=True)
class BipartiteAssigner:
    """Gives each target the prior that overlaps it most, then each other prior its best target from a threshold on.

    Rule 1 comes first and is never undone by rule 2, so that a target has a prior even if its overlap is small. Where
    several targets share their best prior, the pair of largest IoU is taken, target and prior are put aside, and so on:
    every target keeps a prior of its own, as long as a free one overlaps it. A target that overlaps no prior (without
    area, or outside the canvas) gets none; published code hands it the first prior of the canvas.

    With `shared_best` "last" the shared prior goes to the last of the targets and the others may be left with nothing,
    as in torchvision and in tutorials. Then the result depends on the order of the targets.

    Rule 2 includes the threshold itself. Every quality is 1. A prior has at most one target; pairs are ordered by
    image, then prior.

    Source: SSD, Liu et al. 2016, sec. 2.2; the bipartite step is MultiBox's, Erhan et al. 2014.

    Args:
        threshold: IoU from which a prior joins a target by rule 2, above 0, at most 1.
        shared_best: Who has a prior that is the best of several targets: "greedy" or "last".

    Raises:
        ConfigError: The threshold is out of range, or there is no such rule.
    """

    threshold: float = 0.5
    shared_best: str = "greedy"

    def __post_init__(self) -> None:
        """Checks the fields."""
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"threshold is an IoU above 0 and up to 1; found {self.threshold}.")
        if self.shared_best not in SHARED_BEST:
            raise unknown_name("rule for a shared best prior", self.shared_best, SHARED_BEST)

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs.

        Args:
            priors: Default boxes, or anchors.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        del proposals
        with without_autocast(targets.boxes.device):
            greedy = self.shared_best == "greedy"
            if takes_reference(targets.boxes.device, len(targets) * len(priors)):
                owner = dense_bipartite(self.threshold, priors, targets, greedy=greedy).view(-1)
                point = (owner < len(targets)).nonzero().squeeze(1)
                target = owner.take(point)
            else:
                point, target = listed_bipartite(self.threshold, priors, targets, greedy=greedy)
            ignored = ignored_priors(priors, targets, point)
            return Assignment.of_pairs(priors, targets, prior=point % len(priors), target=target, ignored=ignored)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every prior that a target overlaps enough, or half as much, is one or is not.

        Half of enough is half of the threshold, or of the target's best IoU, whichever is less. Targets that overlap
        nothing have no row, unless they are ignored.

        Args:
            priors: Default boxes, or anchors.
            targets: The objects of the batch.
            proposals: Not needed.
        """
        assignment = self(priors, targets, proposals)
        with without_autocast(targets.boxes.device):
            journal = Journal(assignment, priors, targets)
            self._write(journal, assignment, priors, targets)
            journal.add_regions()
            verdicts = journal.close()
            overlap = _overlap(verdicts.target, verdicts.prior, priors, targets)
            return assignment, replace(verdicts, overlap=overlap.to(verdicts.quality.dtype))

    def _write(self, journal: Journal, assignment: Assignment, priors: Priors, targets: Targets) -> None:
        """Writes down why pairs are not in the assignment.

        By rule 1 a target wants its best prior. With greedy sharing it goes down from there to the one that it gets,
        which is the best that it ends with; one that gets nothing has wanted all.
        """
        live = (~targets.ignore).nonzero().squeeze(1)
        best = best_of_rows(overlapping_pairs(targets.boxes[live], priors, 1.0, exact=True), len(live))
        best = last_wish = best._replace(row=live[best.row])
        if self.shared_best == "greedy":
            overlap = _overlap(assignment.target, assignment.prior, priors, targets)
            last_wish = best_of_rows(Overlaps(assignment.target, assignment.prior, overlap), len(targets))
        nothing = best.overlap.new_zeros(len(targets))
        near = nothing.index_put((best.row,), NEARLY * best.overlap.clamp(max=self.threshold))
        least = nothing.index_put((last_wish.row,), last_wish.overlap)
        last = torch.zeros_like(targets.image).index_put_((last_wish.row,), last_wish.prior)
        pairs = overlapping_pairs(targets.boxes[live], priors, near.minimum(least)[live], with_best=False, exact=True)
        row, prior, overlap = live[pairs.row], pairs.prior, pairs.overlap
        lost = (overlap > least[row]) | ((overlap == least[row]) & (prior <= last[row])) | (overlap >= self.threshold)
        journal.add(Reason.LOST, row[lost], prior[lost])
        below = overlap >= near[row]
        journal.add(Reason.BELOW_THRESHOLD, row[below], prior[below])


def _overlap(target: Tensor, prior: Tensor, priors: Priors, targets: Targets) -> Float[Tensor, "pairs"]:
    corners = exact_corners(priors)[prior]
    return plain_iou(targets.boxes[target].to(corners.dtype), corners)
