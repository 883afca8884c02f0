"""Hungarian one-to-one assignment: the pairs whose summed quality is the largest there is."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from boxwright.assigners.fcos import add_around
from boxwright.assigners.journal import Journal
from boxwright.assigners.matched import Matched, assignment_of, require_points
from boxwright.assigners.sim_ota import measured, overlaps_of
from boxwright.errors import ConfigError
from boxwright.geometry.precision import even_power, without_autocast
from boxwright.kernels.centre_points import points_near_centres
from boxwright.kernels.proposal_rows import scores_at
from boxwright.kernels.segments import top_k_per_group
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts


class _Candidates(NamedTuple):
    """Points inside a target and near its centre."""

    target: Tensor
    prior: Tensor
    gain: Tensor


@dataclass(frozen=True, slots=True)
class HungarianAssigner:
    """Gives each target one point, so that the sum of score^(1 − alpha) · IoU^alpha over an image is the largest.

    Candidates of a target are the points strictly inside it, less than `radius` strides from its centre along each
    side; score and IoU are those of the predictions. A pair of no gain is none. Every quality is 1.

    With n targets in an image only the n best candidates of a target can be in a best matching: of more, one would be
    free. What is left is solved by scipy on the CPU, image by image; a GPU is waited for.

    Source: POTO, Wang et al. 2021 ("End-to-End Object Detection with Fully Convolutional Network"), eq. 2 to 4; DETR,
    Carion et al. 2020, for the matching.

    Args:
        alpha: Share of the overlap in the gain, 0 to 1.
        radius: In strides, above 0; None: all points inside take part.
        guarantee: Whether a target that ends without a positive gets the nearest free point, see
            `boxwright.kernels.guarantee`.

    Raises:
        ConfigError: A field is out of its range.
    """

    alpha: float = 0.8
    radius: float | None = 1.5
    guarantee: bool = False

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if not 0 <= self.alpha <= 1:
            raise ConfigError(f"alpha must lie in 0 to 1; found {self.alpha}.")
        if self.radius is not None and not 0 < self.radius < float("inf"):
            raise ConfigError(f"radius must be finite and above 0, in strides, or null; found {self.radius}.")

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
        with without_autocast(targets.boxes.device):
            found = self._candidates(priors, targets, proposals)
            return self._assignment(found, priors, targets)

    @torch.no_grad()
    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why every point inside a target, or up to one cell around it, is one or is not.

        Args:
            priors: A point grid.
            targets: The objects of the batch.
            proposals: Scores and boxes; required.

        Raises:
            ConfigError: Proposals are missing, or the priors are not a point grid.
        """
        with without_autocast(targets.boxes.device):
            found = self._candidates(priors, targets, proposals)
            assignment = self._assignment(found, priors, targets)
            journal = Journal(assignment, priors, targets)
            taken = assignment.image * len(priors) + assignment.prior
            lost = torch.isin(targets.image[found.target] * len(priors) + found.prior, taken)
            nothing = ~lost & ~(found.gain > 0)
            journal.add(Reason.LOST, found.target[lost], found.prior[lost])
            journal.add(Reason.NO_OVERLAP, found.target[nothing], found.prior[nothing])
            journal.add(Reason.BELOW_TOP_K, found.target, found.prior)
            add_around(journal, priors, targets)
            journal.add_regions()
            assert proposals is not None
            return assignment, measured(journal.close(), targets, proposals)

    def _candidates(self, priors: Priors, targets: Targets, proposals: Proposals | None) -> _Candidates:
        require_points(priors, "HungarianAssigner")
        if proposals is None:
            raise ConfigError("HungarianAssigner looks at predictions: pass proposals=Proposals(...).")
        live = (~targets.ignore).nonzero().squeeze(1)
        row, prior = points_near_centres(targets.boxes[live], priors, self.radius, inside=True)
        target = live[row]
        overlap = overlaps_of(target, prior, targets, proposals)
        score = scores_at(proposals, targets.image[target], prior, targets.labels[target])
        return _Candidates(target, prior, even_power(score, 1 - self.alpha) * even_power(overlap, self.alpha))

    def _assignment(self, found: _Candidates, priors: Priors, targets: Targets) -> Assignment:
        rows = (found.gain > 0).nonzero().squeeze(1)
        target, prior, gain = (column[rows] for column in found)
        crowd = int(torch.bincount(targets.image[~targets.ignore], minlength=1).max())
        possible = top_k_per_group(gain, target, len(targets), max(crowd, 1))
        target, prior, gain = target[possible], prior[possible], gain[possible]
        wins = _best_matching(targets.image[target], target, prior, gain)
        ones = torch.ones(len(target), device=target.device)
        pairs = Matched(target, prior, gain, ones).take(wins)
        return assignment_of(pairs, priors, targets, guarantee=self.guarantee)


def _best_matching(image: Tensor, target: Tensor, prior: Tensor, gain: Tensor) -> Bool[Tensor, "pairs"]:
    """Marks the pairs of the matching of largest gain, image by image."""
    from scipy.optimize import linear_sum_assignment  # takes longer to import than everything else here

    wins = torch.zeros(len(target), dtype=torch.bool)
    columns = [column.cpu() for column in (image, target, prior, gain)]
    for number in columns[0].unique().tolist():
        rows = (columns[0] == number).nonzero().squeeze(1)
        objects, of_object = columns[1][rows].unique(return_inverse=True)
        places, of_place = columns[2][rows].unique(return_inverse=True)
        table = torch.zeros(len(objects), len(places), dtype=torch.float64)
        pair = torch.full(table.shape, -1, dtype=torch.int64)
        table[of_object, of_place], pair[of_object, of_place] = columns[3][rows].double(), rows
        matched = pair[tuple(torch.from_numpy(side) for side in linear_sum_assignment(table.numpy(), maximize=True))]
        wins[matched[matched >= 0]] = True
    return wins.to(target.device)
