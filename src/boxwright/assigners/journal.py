"""What an assigner writes down when it is asked for its reasons."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.kernels.ignored_priors import priors_in_regions
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

NEARLY = 0.5
"""Share of an IoU at which an explanation lists a pair that an assignment need not look at."""


class Journal:
    """Collects reasons, the most important first; the first one for a target and a prior counts.

    It begins with the pairs of the assignment. So whatever is written later, the positives by reasons are the pairs.

    Args:
        assignment: The result that is explained.
        priors: The priors of the canvas.
        targets: The objects of the batch.
    """

    def __init__(self, assignment: Assignment, priors: Priors, targets: Targets) -> None:
        self._assignment, self._priors, self._targets = assignment, priors, targets
        self._keys: list[Tensor] = []
        self._reasons: list[Tensor] = []
        self.add(Reason.POSITIVE, assignment.target, assignment.prior)

    def add(self, reason: Reason, target: Int64[Tensor, "rows"], prior: Int64[Tensor, "rows"]) -> None:
        """Writes down a reason for each target with its prior, where there is none yet.

        Args:
            reason: Why these are no pairs.
            target: Row of the targets.
            prior: Index into the priors.
        """
        self._keys.append(target * len(self._priors) + prior)
        self._reasons.append(torch.full_like(prior, int(reason), dtype=torch.uint8))

    def add_regions(self) -> None:
        """Writes down the priors whose centre lies in an ignored target."""
        inside = priors_in_regions(self._priors, self._targets)
        if inside is not None:
            self.add(Reason.IGNORED_REGION, inside.row, inside.prior)

    def close(self) -> Verdicts:
        """Gives the verdicts, as yet without overlap, score, and quality of what is no pair."""
        keys = torch.cat(self._keys)
        order = keys.argsort(stable=True)
        keys = keys[order]
        is_first = torch.ones_like(keys, dtype=torch.bool)
        is_first[1:] = keys[1:] != keys[:-1]
        keys = keys[is_first]
        target, prior = keys.div(len(self._priors), rounding_mode="floor"), keys % len(self._priors)
        unknown = torch.full_like(keys, torch.nan, dtype=self._assignment.quality.dtype)
        quality = unknown.index_put((torch.searchsorted(keys, self._keys[0]),), self._assignment.quality)
        reason = torch.cat(self._reasons)[order[is_first]]
        return Verdicts(self._targets.image[target], prior, target, reason, quality, unknown, unknown)
