"""Matching by two rules: every target has its best prior; other priors join a target that they overlap enough."""

from dataclasses import dataclass, replace

import torch

from boxwright.assigners.journal import Journal
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.precision import without_autocast
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.dense_bipartite import dense_bipartite
from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.kernels.overlap_candidates import NEARLY
from boxwright.kernels.overlapping_priors import (
    BestPriors,
    best_and_overlapping_priors,
    overlapping_priors,
    overlaps_at,
)
from boxwright.kernels.segments import first_maxima
from boxwright.kernels.sharing import Claims, without_sharing
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
            if takes_reference(targets.boxes.device, len(targets) * len(priors)):
                owner = dense_bipartite(self.threshold, priors, targets, greedy=self.shared_best == "greedy").view(-1)
                point = (owner < len(targets)).nonzero().squeeze(1)
                ignored = ignored_priors(priors, targets, point)
                target = owner.take(point)
                return Assignment.of_pairs(priors, targets, prior=point % len(priors), target=target, ignored=ignored)
            best, enough = best_and_overlapping_priors(targets.boxes, priors, self.threshold, targets.ignore)
            return self._assign(best, Claims(*enough), priors, targets)

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
        del proposals
        with without_autocast(targets.boxes.device):
            best, _ = best_and_overlapping_priors(targets.boxes, priors, self.threshold, targets.ignore)
            least = (NEARLY * best.overlap.clamp(max=self.threshold)).masked_fill(targets.ignore, 1)
            near = Claims(*overlapping_priors(targets.boxes, priors, least))
            near = near.take((near.overlap > 0) & (near.overlap >= least[near.row]) & ~targets.ignore[near.row])
            lost: list[Claims] = []
            assignment = self._assign(best, near, priors, targets, lost)
            journal = Journal(assignment, priors, targets)
            for claims in (*lost, near.take(near.overlap >= self.threshold)):
                journal.add(Reason.LOST, claims.row, claims.prior)
            journal.add(Reason.BELOW_THRESHOLD, near.row, near.prior)
            journal.add_regions()
            verdicts = journal.close()
            overlap = overlaps_at(targets.boxes, priors, verdicts.target, verdicts.prior)
            return assignment, replace(verdicts, overlap=overlap.to(verdicts.quality.dtype))

    def _assign(
        self, best: BestPriors, near: Claims, priors: Priors, targets: Targets, lost: list[Claims] | None = None
    ) -> Assignment:
        """Applies both rules; `near` holds at least all claims from the threshold on, `lost` gets those of rule 1."""
        offset, num_points = targets.image * len(priors), targets.batch_size * len(priors)
        forced = Claims(torch.arange(len(targets), device=offset.device), *best)
        if self.shared_best == "greedy":
            forced = forced.take((best.overlap > 0).nonzero().squeeze(1))
            forced = without_sharing(forced, targets.boxes, priors, offset, num_points, lost)
        row, prior = torch.cat((forced.row, near.row)), torch.cat((forced.prior, near.prior))
        # above all IoUs, and the last target above the others
        first_rule = (forced.row + 2) * (forced.overlap > 0)
        rank, point = torch.cat((first_rule, near.overlap)), offset.take(row).add_(prior)
        point, chosen = first_maxima(rank, point, num_points, self.threshold)
        if lost is not None:
            wins = torch.zeros_like(rank, dtype=torch.bool).index_fill_(0, chosen, True)
            lost.append(forced.take((forced.overlap > 0) & ~wins[: len(forced.row)]))
        return Assignment.of_pairs(
            priors,
            targets,
            prior=prior.take(chosen),
            target=row.take(chosen),
            ignored=ignored_priors(priors, targets, point),
        )
