"""Why every prediction answers, or does not answer, for an object."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool
from torch import Tensor

from boxwright.assigners import explain_assignment
from boxwright.criterion import CriterionLike
from boxwright.structures import Assignment, Predictions, Priors, Proposals, Reason, Targets, Verdicts


@dataclass(frozen=True, slots=True)
class Explanation:
    """An assignment, what its sampler leaves of it, and why.

    Args:
        before: As assigned.
        after: As sampled; this is what the loss uses.
        verdicts: Why priors are or are not positives; one that the sampler dropped has `Reason.DROPPED`.
    """

    before: Assignment
    after: Assignment
    verdicts: Verdicts

    def to(self, device: torch.device | str) -> "Explanation":
        """Moves every tensor to a device."""
        return Explanation(self.before.to(device), self.after.to(device), self.verdicts.to(device))


@torch.no_grad()
def explain(criterion: CriterionLike, predictions: Predictions, priors: Priors, targets: Targets) -> Explanation:
    """Assigns and samples as the criterion does, and says why.

    A point that was below top-k and from which the coder cannot express the target has `Reason.BEYOND_REACH`. Samplers
    that draw at random draw anew in every call, unless they have a seed.

    Args:
        criterion: Of a system, or your own.
        predictions: The head's output.
        priors: The priors of the canvas.
        targets: The objects of the batch.
    """
    proposals = Proposals(predictions, priors, criterion.decode)
    before, verdicts = explain_assignment(criterion.assigner, priors, targets, proposals)
    after = criterion.assign(predictions, priors, targets)
    reason = verdicts.reason.masked_fill(_out_of_reach(verdicts, criterion, priors, targets), int(Reason.BEYOND_REACH))
    is_dropped = (reason == Reason.POSITIVE) & ~_are_pairs(verdicts, after, len(priors))
    return Explanation(before, after, replace(verdicts, reason=reason.masked_fill(is_dropped, int(Reason.DROPPED))))


def _out_of_reach(
    verdicts: Verdicts, criterion: CriterionLike, priors: Priors, targets: Targets
) -> Bool[Tensor, "rows"]:
    reaches = getattr(criterion, "reaches", None)
    outside = torch.zeros_like(verdicts.reason, dtype=torch.bool)
    rows = (verdicts.reason == Reason.BELOW_TOP_K).nonzero().squeeze(1)
    if reaches is not None and len(rows):
        boxes, prior_rows = targets.boxes[verdicts.target[rows]], priors.rows(verdicts.prior[rows])
        outside[rows] = ~reaches(boxes=boxes, priors=prior_rows)
    return outside


def _are_pairs(verdicts: Verdicts, assignment: Assignment, num_priors: int) -> Bool[Tensor, "rows"]:
    keys = (part.target * num_priors + part.prior for part in (verdicts, assignment))
    return torch.isin(*keys)
