"""Task-aligned assignment: the points inside an object whose prediction fits it best."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.assigners.aligned_pairs import Pairs, Steps
from boxwright.assigners.grid_candidates import points_around, points_by_level
from boxwright.assigners.guarantee import claim_for_orphans
from boxwright.assigners.ignored_priors import ignored_priors
from boxwright.assigners.journal import Journal
from boxwright.assigners.segments import first_maximum_per_group, max_per_group, top_k_per_group
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.overlaps import aligned_ciou
from boxwright.geometry.precision import even_power, without_autocast
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

_PAIRS_AT_ONCE = 1 << 16
_POINTS_AT_ONCE = 1 << 10  # contested ones, each with every target of its image


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
        small_side: (limit, side) in strides' positions, see `widen_small_sides`; None leaves targets as they are.
        contested: Who may win a contested point: "candidates", or "all" targets of the image (releases up to 8.0).
        guarantee: Whether a target that ends without a positive gets the nearest free point, see
            `boxwright.assigners.guarantee`.
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
        return self._steps(priors, targets, _required(proposals)).assignment

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
        proposals = _required(proposals)
        steps = self._steps(priors, targets, proposals)
        journal = Journal(steps.assignment, priors, targets)
        steps.write(journal)
        row, prior = points_around(self._regions(priors, targets), priors.grids)
        journal.add(Reason.OUTSIDE_BOX, (~targets.ignore).nonzero().squeeze(1)[row], prior)
        journal.add_regions()
        with without_autocast(targets.boxes.device):
            return steps.assignment, self._measured(journal.close(), steps, priors, targets, proposals)

    def _measured(
        self, verdicts: Verdicts, steps: Steps, priors: Priors, targets: Targets, proposals: Proposals
    ) -> Verdicts:
        pairs = self._measure(verdicts.target, verdicts.prior, priors, targets, proposals)
        score = proposals.scores_of(verdicts.image, verdicts.prior, targets.labels[verdicts.target])
        without = torch.ones_like(targets.ignore).index_fill_(0, steps.resolved.target, False)
        leaders = steps.resolved.join(steps.candidates.take(without[steps.candidates.target]))
        quality = self._quality(pairs, leaders, len(targets)).clamp(max=1)
        is_candidate = (verdicts.reason != Reason.OUTSIDE_BOX) & (verdicts.reason != Reason.IGNORED_REGION)
        quality = quality.where(is_candidate & verdicts.quality.isnan(), verdicts.quality)
        return replace(verdicts, quality=quality, overlap=pairs.overlap, score=score)

    def _steps(self, priors: Priors, targets: Targets, proposals: Proposals) -> Steps:
        if any(grid.priors_per_cell != 1 for grid in priors.grids):
            raise ConfigError("TaskAlignedAssigner needs one prior per cell; use PointGrid.")
        with without_autocast(targets.boxes.device):
            candidates = self._candidates(priors, targets, proposals)
            chosen = self._choose(candidates, targets)
            pairs = resolved = self._resolve(candidates, chosen, priors, targets, proposals)
            quality = self._quality(pairs, pairs, len(targets))
            if self.guarantee:
                pairs, quality = self._guarantee(pairs, quality, priors, targets, proposals)
            order = pairs.point.argsort()
            pairs = pairs.take(order)
            quality = quality.take(order)
            assignment = Assignment.of_pairs(
                priors,
                targets,
                prior=pairs.prior,
                target=pairs.target,
                quality=quality,
                weight=quality,
                ignored=ignored_priors(priors, targets, pairs.point),
            )
            return Steps(candidates, chosen, resolved, assignment)

    def _regions(self, priors: Priors, targets: Targets) -> Float[Tensor, "live 4"]:
        """Gives where the candidates of each target that is not ignored lie."""
        regions = targets.boxes[~targets.ignore]
        if self.small_side is None:
            return regions
        return widen_small_sides(
            regions, *(priors.grids[min(i, len(priors.grids) - 1)].stride for i in self.small_side)
        )

    def _candidates(self, priors: Priors, targets: Targets, proposals: Proposals) -> Pairs:
        """Lists and measures the points inside each target; pairs of one target come with ascending priors."""
        live = (~targets.ignore).nonzero().squeeze(1)
        (row, prior), per_level = points_by_level(self._regions(priors, targets), priors.grids)
        return self._measure(live.take(row), prior, priors, targets, proposals, per_level.tolist())

    def _measure(
        self,
        target: Tensor,
        prior: Tensor,
        priors: Priors,
        targets: Targets,
        proposals: Proposals,
        per_level: list[int] | None = None,
    ) -> Pairs:
        """Computes alignment and overlap of pairs, in chunks; `per_level` for pairs sorted by level."""
        image = targets.image.take(target)
        boxes = proposals.boxes_of(image, prior)
        scores = proposals.scores_of(image, prior, targets.labels.take(target), per_level)
        wanted = targets.boxes.to(boxes.dtype)
        chunks = [
            aligned_ciou(wanted.index_select(0, rows), part).clamp_(min=0)
            for rows, part in zip(target.split(_PAIRS_AT_ONCE), boxes.split(_PAIRS_AT_ONCE), strict=True)
        ]
        overlap = torch.cat(chunks) if len(chunks) > 1 else chunks[0]
        alignment = even_power(scores, self.alpha) * even_power(overlap, self.beta)
        return Pairs(target, prior, torch.add(prior, image, alpha=len(priors)), alignment, overlap)

    def _choose(self, candidates: Pairs, targets: Targets) -> Bool[Tensor, "pairs"]:
        """Marks the best-aligned candidates of each target."""
        usable = (candidates.alignment > 0).nonzero().squeeze(1)
        alignment, target = candidates.alignment.take(usable), candidates.target.take(usable)
        best = top_k_per_group(alignment, target, len(targets), self.topk)
        return torch.zeros_like(candidates.target, dtype=torch.bool).index_copy_(0, usable, best)

    def _resolve(
        self, candidates: Pairs, chosen: Bool[Tensor, "pairs"], priors: Priors, targets: Targets, proposals: Proposals
    ) -> Pairs:
        """Leaves one pair per point."""
        num_points = targets.batch_size * len(priors)
        rows = chosen.nonzero().squeeze(1)
        points = candidates.point.take(rows)
        contested = torch.bincount(points, minlength=num_points) > 1
        settled = rows.masked_select(contested.take(points).logical_not_())
        if self.contested == "candidates":
            rivals = contested.take(candidates.point).nonzero().squeeze(1)
            overlap, point = candidates.overlap.take(rivals), candidates.point.take(rivals)
            winners = first_maximum_per_group(overlap, point, candidates.target.take(rivals), num_points)
            return candidates.take(torch.cat((settled, rivals.masked_select(winners))))
        pairs = candidates.take(settled)
        for points in contested.nonzero().squeeze(1).split(_POINTS_AT_ONCE):
            everybody = self._all_rivals(points, priors, targets, proposals)
            pairs = pairs.join(everybody.take(_winners(everybody, num_points)))
        return pairs

    def _all_rivals(
        self, points: Int64[Tensor, "points"], priors: Priors, targets: Targets, proposals: Proposals
    ) -> Pairs:
        """Pairs contested points with every target of their image, also those that do not hold the point."""
        image = points.div(len(priors), rounding_mode="floor")
        counts = torch.bincount(targets.image, minlength=targets.batch_size)
        first = counts.cumsum(0) - counts
        which = torch.arange(len(points), device=points.device).repeat_interleave(counts[image])
        starts = counts[image].cumsum(0) - counts[image]
        target = first[image][which] + torch.arange(len(which), device=points.device) - starts[which]
        live = (~targets.ignore[target]).nonzero().squeeze(1)
        which, target = which[live], target[live]
        return self._measure(target, points[which] % len(priors), priors, targets, proposals)

    def _quality(self, pairs: Pairs, leaders: Pairs, num_targets: int) -> Float[Tensor, "pairs"]:
        """Scales alignments so that the best of each target's leaders has the largest overlap of them."""
        best_alignment = max_per_group(leaders.alignment, leaders.target, num_targets)
        best_overlap = max_per_group(leaders.overlap, leaders.target, num_targets)
        return pairs.alignment * best_overlap.take(pairs.target) / (best_alignment.take(pairs.target) + self.epsilon)

    def _guarantee(
        self, chosen: Pairs, quality: Tensor, priors: Priors, targets: Targets, proposals: Proposals
    ) -> tuple[Pairs, Tensor]:
        """Adds a pair for every target without one."""
        kept, target, prior = claim_for_orphans(chosen.point, chosen.target, chosen.overlap, priors, targets)
        extra = self._measure(target, prior, priors, targets, proposals)
        return chosen.take(kept).join(extra), torch.cat(
            (quality[kept], extra.overlap.clamp(min=self.guarantee_quality))
        )


def _required(proposals: Proposals | None) -> Proposals:
    if proposals is None:
        raise ConfigError("TaskAlignedAssigner looks at predictions: pass proposals=Proposals(...).")
    return proposals


def _winners(rivals: Pairs, num_points: int) -> Int64[Tensor, "points"]:
    """Names the row of largest overlap at each point; among equal overlaps that of the lowest target."""
    return first_maximum_per_group(rivals.overlap, rivals.point, rivals.target, num_points).nonzero().squeeze(1)


def widen_small_sides(boxes: Float[Tensor, "boxes 4"], limit: int, side: int) -> Float[Tensor, "boxes 4"]:
    """Lengthens sides shorter than a limit about the box's centre, each side on its own.

    Args:
        boxes: xyxy in pixels.
        limit: A side shorter than this is lengthened, in pixels.
        side: To this length, in pixels.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    centre, is_small = (low + high).div_(2), high - low < limit
    return torch.cat(((centre - side / 2).where(is_small, low), (centre + side / 2).where(is_small, high)), dim=1)


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
