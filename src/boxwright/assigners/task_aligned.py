"""Task-aligned assignment: the points inside an object whose prediction fits it best."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch

from boxwright.assigners.journal import Journal
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.precision import without_autocast
from boxwright.kernels.aligned_pairs import AlignedRule, Pairs, Steps, quality
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.dense_aligned import dense_aligned_pairs, dense_aligned_steps
from boxwright.kernels.grid_candidates import points_around
from boxwright.kernels.guarantee import claim_for_orphans
from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.kernels.listed_aligned import listed_aligned_pairs, listed_aligned_steps, measured_pairs
from boxwright.kernels.proposal_rows import scores_at
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts


@dataclass(frozen=True, slots=True)
class TaskAlignedAssigner:
    """Gives each target its `topk` best-aligned points, and each contested point to the target it overlaps most.

    Candidates of a target are the points strictly inside it. Alignment is score^alpha · overlap^beta with the score of
    the target's label and the CIoU (not below 0) of the predicted box. A point that several targets chose goes to the
    target of largest overlap among all whose candidate it is. The quality of a pair is its alignment, scaled so that
    each target's best pair has the target's largest overlap.

    Ties: among equal alignments the lowest prior is chosen, among equal overlaps the lowest target wins. A candidate
    of alignment 0 is never chosen (published code fills up with arbitrary ones, of quality 0).

    Source: TOOD, Feng et al. 2021, eq. 2 and sec. 3.3, with the constants of YOLOv8.

    Args:
        topk: Points per target, at least 1.
        alpha: Exponent of the score, at least 0.
        beta: Exponent of the overlap, at least 0.
        epsilon: Added to a target's largest alignment before dividing by it.
        small_side: (limit, side) in strides' positions, see `AlignedRule.regions`; None leaves targets as they are.
        contested: Who may win a contested point: "candidates", or "all" targets of the image (releases up to 8.0).
        guarantee: Whether a target that ends without a positive gets the nearest free point, see
            `boxwright.kernels.guarantee`.
        guarantee_quality: The least quality of such a pair, 0 to 1.

    Raises:
        ConfigError: A field is out of its range.
    """

    topk: int = 10
    alpha: float = 0.5
    beta: float = 6.0
    epsilon: float = 1e-9
    small_side: tuple[int, int] | None = (1, 1)
    contested: Literal["candidates", "all"] = "candidates"
    guarantee: bool = False
    guarantee_quality: float = 0.1

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if self.topk < 1:
            raise ConfigError(f"topk must be at least 1; found {self.topk}.")
        for name, exponent in (("alpha", self.alpha), ("beta", self.beta)):
            if not 0 <= exponent < math.inf:
                raise ConfigError(f"{name} must be a finite exponent of at least 0; found {exponent}.")
        if self.contested not in ("candidates", "all"):
            raise unknown_name("rule for contested points", self.contested, ("candidates", "all"))
        if not 0 < self.guarantee_quality <= 1:
            raise ConfigError(f"guarantee_quality must lie in (0, 1]; found {self.guarantee_quality}.")

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs, sorted by image and prior.

        Args:
            priors: A point grid (one prior per cell, at its centre).
            targets: The objects of the batch.
            proposals: Scores and boxes of candidate pairs; required.

        Raises:
            ConfigError: Proposals are missing, or the priors are not a point grid.
        """
        proposals, rule = _required(proposals), self._rule(priors)
        with without_autocast(targets.boxes.device):
            is_dense = takes_reference(targets.boxes.device, len(targets) * len(priors))
            find = dense_aligned_pairs if is_dense else listed_aligned_pairs
            return self._assignment(find(rule, priors, targets, proposals), priors, targets, proposals)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every point inside a target, or up to one cell around it, is one or is not.

        The quality of a point that is no pair is what it would be beside the target's pairs (at most 1).

        Args:
            priors: A point grid.
            targets: The objects of the batch.
            proposals: Scores and boxes of candidate pairs; required.

        Raises:
            ConfigError: Proposals are missing, or the priors are not a point grid.
        """
        proposals, rule = _required(proposals), self._rule(priors)
        with without_autocast(targets.boxes.device):
            is_dense = takes_reference(targets.boxes.device, len(targets) * len(priors))
            find = dense_aligned_steps if is_dense else listed_aligned_steps
            steps = find(rule, priors, targets, proposals)
            assignment = self._assignment(steps.resolved, priors, targets, proposals)
            journal = Journal(assignment, priors, targets)
            _write(journal, steps)
            live = (~targets.ignore).nonzero().squeeze(1)
            row, prior = points_around(rule.regions(targets)[live], priors.grids)
            journal.add(Reason.OUTSIDE_BOX, live[row], prior)
            journal.add_regions()
            return assignment, self._measured(journal.close(), steps, priors, targets, proposals)

    def _measured(
        self, verdicts: Verdicts, steps: Steps, priors: Priors, targets: Targets, proposals: Proposals
    ) -> Verdicts:
        pairs = measured_pairs(self._rule(priors), verdicts.target, verdicts.prior, priors, targets, proposals)
        score = scores_at(proposals, verdicts.image, verdicts.prior, targets.labels[verdicts.target])
        without = torch.ones_like(targets.ignore).index_fill_(0, steps.resolved.target, False)
        leaders = steps.resolved.join(steps.candidates.take(without[steps.candidates.target]))
        found = quality(pairs, leaders, len(targets), self.epsilon).clamp(max=1)
        is_candidate = (verdicts.reason != Reason.OUTSIDE_BOX) & (verdicts.reason != Reason.IGNORED_REGION)
        found = found.where(is_candidate & verdicts.quality.isnan(), verdicts.quality)
        return replace(verdicts, quality=found, overlap=pairs.overlap, score=score)

    def _rule(self, priors: Priors) -> AlignedRule:
        if any(grid.priors_per_cell != 1 for grid in priors.grids):
            raise ConfigError("TaskAlignedAssigner needs one prior per cell; use PointGrid.")
        pixels = None
        if self.small_side is not None:
            limit, side = (priors.grids[min(level, len(priors.grids) - 1)].stride for level in self.small_side)
            pixels = (limit, side)
        return AlignedRule(self.topk, self.alpha, self.beta, self.contested == "all", pixels)

    def _assignment(self, pairs: Pairs, priors: Priors, targets: Targets, proposals: Proposals) -> Assignment:
        """Gives every pair its quality, and every target that was promised one a pair."""
        found = quality(pairs, pairs, len(targets), self.epsilon)
        if self.guarantee:
            kept, target, prior = claim_for_orphans(pairs.point, pairs.target, pairs.overlap, priors, targets)
            extra = measured_pairs(self._rule(priors), target, prior, priors, targets, proposals)
            pairs = pairs.take(kept).join(extra)
            order = pairs.point.argsort()
            found = torch.cat((found[kept], extra.overlap.clamp(min=self.guarantee_quality))).take(order)
            pairs = pairs.take(order)
        return Assignment.of_pairs(
            priors,
            targets,
            prior=pairs.prior,
            target=pairs.target,
            quality=found,
            weight=found,
            ignored=ignored_priors(priors, targets, pairs.point),
        )


def _write(journal: Journal, steps: Steps) -> None:
    """Writes down why candidates are no pairs.

    A pair that was resolved and is not in the assignment went to a target that the guarantee served.
    """
    chosen, unaligned = steps.candidates.take(steps.chosen), steps.candidates.take(~(steps.candidates.alignment > 0))
    journal.add(Reason.LOST, steps.resolved.target, steps.resolved.prior)
    journal.add(Reason.LOST, chosen.target, chosen.prior)
    journal.add(Reason.NO_OVERLAP, unaligned.target, unaligned.prior)
    journal.add(Reason.BELOW_TOP_K, steps.candidates.target, steps.candidates.prior)


def _required(proposals: Proposals | None) -> Proposals:
    if proposals is None:
        raise ConfigError("TaskAlignedAssigner looks at predictions: pass proposals=Proposals(...).")
    return proposals


_DIALECTS: dict[str, TaskAlignedAssigner] = {
    "early": TaskAlignedAssigner(small_side=None, contested="all"),
    "mid": TaskAlignedAssigner(small_side=None),
    "8.4.0": TaskAlignedAssigner(small_side=(0, 1)),
    "current": TaskAlignedAssigner(small_side=(1, 1)),
}
TASK_ALIGNED_DIALECTS = tuple(_DIALECTS)
"""Releases whose assignment differs: 8.0 "early", 8.1 to 8.3 "mid", 8.4.0 to 8.4.60 "8.4.0", 8.4.190 "current"."""


def task_aligned_assigner(dialect: str = "current", *, guarantee: bool = False) -> TaskAlignedAssigner:
    """Builds the assigner of a published release.

    Args:
        dialect: One of `TASK_ALIGNED_DIALECTS`; the default serves small objects best.
        guarantee: Whether every target gets at least one positive.

    Raises:
        ConfigError: The dialect is unknown.
    """
    if dialect not in _DIALECTS:
        raise unknown_name("dialect", dialect, _DIALECTS)
    published = _DIALECTS[dialect]
    return TaskAlignedAssigner(small_side=published.small_side, contested=published.contested, guarantee=guarantee)
