"""SimOTA: each object gets as many points as predict it well, the cheapest ones."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.assigners.fcos import add_around
from boxwright.assigners.journal import Journal
from boxwright.assigners.matched import Matched, assignment_of, require_points
from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.overlaps import aligned_iou
from boxwright.geometry.precision import widest, without_autocast
from boxwright.kernels.centre_points import points_near_centres
from boxwright.kernels.class_costs import class_costs
from boxwright.kernels.group_order import first_minimum_per_group, rank_in_group
from boxwright.kernels.proposal_rows import boxes_at, scores_at
from boxwright.kernels.segments import top_k_per_group
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

_FAR = 1e5  # what a candidate costs more that is not both inside and near the centre
_EPSILON = 1e-8
_GUARANTEED = 0.1  # the least quality of a pair that was promised


class _Candidates(NamedTuple):
    """Points inside a target or near its centre."""

    target: Tensor
    prior: Tensor
    overlap: Tensor
    cost: Tensor


@dataclass(frozen=True, slots=True)
class SimOtaAssigner:
    """Gives each target its k cheapest points, with k the summed IoU of its best predicted boxes.

    Candidates of a target are the points inside it, or less than `radius` strides from its centre. One costs the
    cross-entropy of its classes against the target's label, with the roots of the scores as probabilities, and
    `overlap_weight` · −ln IoU of its box; 100,000 more if it is not both inside and near the centre. k is the sum of
    the `topk` largest IoUs of the candidates, rounded down, at least 1. A point that several targets chose goes to the
    one that it costs least, then to the lowest. The quality of a pair is its IoU.

    In the paper a target chooses "within a fixed center region". Published code lets it try the points of all targets
    of the image, those of others at 100,000 more, and gives a point that several chose to the target that it costs
    least, even to one that did not choose it: `candidates="all"`. It matters where boxes predicted elsewhere overlap a
    target well, so that its k is larger. Of every image, all targets are then looked at with all points of targets.

    Source: YOLOX, Ge et al. 2021, sec. 2.1; OTA, Ge et al. 2021.

    Args:
        radius: In strides, above 0.
        topk: How many IoUs are summed, at least 1.
        overlap_weight: Of the overlap in the cost, at least 0.
        guarantee: Whether a target that ends without a positive gets the nearest free point, see
            `boxwright.kernels.guarantee`.
        candidates: Whose points a target tries: its "own", or those of "all" targets of its image.

    Raises:
        ConfigError: A field is out of its range.
    """

    radius: float = 2.5
    topk: int = 10
    overlap_weight: float = 3.0
    guarantee: bool = False
    candidates: Literal["own", "all"] = "own"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not 0 < self.radius < float("inf") or not 0 <= self.overlap_weight < float("inf") or self.topk < 1:
            raise ConfigError(
                "SimOTA needs a radius above 0, topk of at least 1 and overlap_weight of at least 0; found "
                f"{self.radius}, {self.topk} and {self.overlap_weight}."
            )
        if self.candidates not in ("own", "all"):
            raise unknown_name("candidates", self.candidates, ("own", "all"))

    @torch.no_grad()
    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs, sorted by image and prior.

        Args:
            priors: A point grid.
            targets: The objects of the batch.
            proposals: Scores and boxes; required.

        Raises:
            ConfigError: Proposals are missing, or the priors are not a point grid.
        """
        proposals = _required(proposals, priors)
        with without_autocast(targets.boxes.device):
            found = self._candidates(priors, targets, proposals)
            return self._assignment(found, self._chosen(found, len(targets)), priors, targets, proposals)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every candidate, and every point up to one cell around a target, is one or is not.

        Args:
            priors: A point grid.
            targets: The objects of the batch.
            proposals: Scores and boxes; required.

        Raises:
            ConfigError: Proposals are missing, or the priors are not a point grid.
        """
        proposals = _required(proposals, priors)
        with without_autocast(targets.boxes.device):
            found = self._candidates(priors, targets, proposals)
            chosen = self._chosen(found, len(targets))
            assignment = self._assignment(found, chosen, priors, targets, proposals)
            journal = Journal(assignment, priors, targets)
            journal.add(Reason.LOST, found.target[chosen], found.prior[chosen])
            journal.add(Reason.BELOW_TOP_K, found.target, found.prior)
            add_around(journal, priors, targets)
            journal.add_regions()
            return assignment, measured(journal.close(), targets, proposals)

    def _candidates(self, priors: Priors, targets: Targets, proposals: Proposals) -> _Candidates:
        live = (~targets.ignore).nonzero().squeeze(1)
        boxes = targets.boxes[live]
        inside, near = (
            points.row * len(priors) + points.prior
            for points in (
                points_near_centres(boxes, priors, None, inside=True),
                points_near_centres(boxes, priors, self.radius, inside=False),
            )
        )
        keys = torch.cat((inside, near)).unique()
        if self.candidates == "all":
            keys = _of_all_targets(keys, targets.image[live], targets.batch_size, len(priors))
        is_both = torch.isin(keys, inside) & torch.isin(keys, near)
        target, prior = live[keys.div(len(priors), rounding_mode="floor")], keys % len(priors)
        overlap = overlaps_of(target, prior, targets, proposals)
        exact = overlap.to(widest(overlap.device))
        cost = class_costs(target, prior, targets, proposals) - self.overlap_weight * (exact + _EPSILON).log()
        return _Candidates(target, prior, overlap, cost + _FAR * ~is_both)

    def _chosen(self, found: _Candidates, num_targets: int) -> Bool[Tensor, "pairs"]:
        """Marks the k cheapest candidates of every target."""
        best = top_k_per_group(found.overlap, found.target, num_targets, self.topk)
        sums = found.cost.new_zeros(num_targets).index_add_(
            0, found.target, (found.overlap * best).to(found.cost.dtype)
        )
        number = sums.long().clamp(min=1)
        return rank_in_group(found.cost, found.target, found.prior) < number[found.target]

    def _assignment(
        self, found: _Candidates, chosen: Tensor, priors: Priors, targets: Targets, proposals: Proposals
    ) -> Assignment:
        num_points = targets.batch_size * len(priors)
        if self.candidates == "all":
            point = targets.image[found.target] * len(priors) + found.prior
            is_contested = torch.bincount(point[chosen], minlength=num_points) > 1
            chosen = chosen | is_contested[point]
        target, prior, overlap, cost = (column[chosen] for column in found)
        point = targets.image[target] * len(priors) + prior
        wins = first_minimum_per_group(cost, point, target, num_points)

        def promised(target: Tensor, prior: Tensor) -> Tensor:
            return overlaps_of(target, prior, targets, proposals).clamp(min=_GUARANTEED)

        pairs = Matched(target, prior, overlap, overlap).take(wins)
        return assignment_of(pairs, priors, targets, guarantee=self.guarantee, quality_of=promised)


def _of_all_targets(keys: Tensor, image: Tensor, num_images: int, num_priors: int) -> Int64[Tensor, "pairs"]:
    """Gives row · priors + prior for every row with every point that any row of its image has."""
    points = (image[keys.div(num_priors, rounding_mode="floor")] * num_priors + keys % num_priors).unique()
    counts = torch.bincount(points.div(num_priors, rounding_mode="floor"), minlength=num_images)
    number, first = counts[image], (counts.cumsum(0) - counts)[image]
    row = torch.arange(len(image), device=keys.device).repeat_interleave(number)
    place = torch.arange(len(row), device=keys.device) - (number.cumsum(0) - number)[row]
    pairs: Tensor = row * num_priors + points[first[row] + place] % num_priors
    return pairs


def overlaps_of(target: Tensor, prior: Tensor, targets: Targets, proposals: Proposals) -> Float[Tensor, "pairs"]:
    """Gives the IoU of targets and predicted boxes, 0 to 1.

    Args:
        target: Row of the targets of each pair.
        prior: Prior of each pair.
        targets: The objects of the batch.
        proposals: Scores and boxes.
    """
    boxes = boxes_at(proposals, targets.image[target], prior)
    return aligned_iou(boxes, targets.boxes[target].to(boxes.dtype)).clamp_(0, 1)


def measured(verdicts: Verdicts, targets: Targets, proposals: Proposals) -> Verdicts:
    """Fills in overlaps and scores of the predictions.

    Args:
        verdicts: Of an explanation.
        targets: The objects of the batch.
        proposals: Scores and boxes.
    """
    overlap = overlaps_of(verdicts.target, verdicts.prior, targets, proposals)
    score = scores_at(proposals, verdicts.image, verdicts.prior, targets.labels[verdicts.target])
    return replace(verdicts, overlap=overlap, score=score)


def _required(proposals: Proposals | None, priors: Priors) -> Proposals:
    require_points(priors, "SimOtaAssigner")
    if proposals is None:
        raise ConfigError("SimOtaAssigner looks at predictions: pass proposals=Proposals(...).")
    return proposals
