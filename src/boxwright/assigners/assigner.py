"""What every assigner is."""

from typing import Protocol, runtime_checkable

from boxwright.assigners.journal import Journal
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Verdicts


@runtime_checkable
class Assigner(Protocol):
    """Decides which prediction answers for which object.

    Laws, tested for every assigner: ignored targets get no pair; no targets give an empty assignment; permuting images
    or targets permutes the result; a batch equals its images one by one; no gradients are needed; the result is
    deterministic, ties go to the lowest prior, then to the lowest target.

    It may be called inside `torch.inference_mode`, where a network is validated. What it keeps for later calls it keeps
    with `Priors.derived`, whose results also serve a training.
    """

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs.

        Args:
            priors: The priors of the canvas.
            targets: The objects of the batch.
            proposals: Scores and boxes at candidate pairs, for assigners that look at predictions.
        """
        ...


@runtime_checkable
class ExplainingAssigner(Protocol):
    """An assigner that can give its reasons, by the steps that it assigns by.

    Laws, tested for all of ours: the assignment is that of `__call__`, and the rows with `Reason.POSITIVE` are its
    pairs. An assigner without `explain` can be used everywhere; its explanation has nothing but the pairs.
    """

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs, see `Assigner`."""
        ...

    def explain(
        self, priors: Priors, targets: Targets, proposals: Proposals | None = None
    ) -> tuple[Assignment, Verdicts]:
        """Gives the pairs, and why priors are or are not pairs of a target.

        Args:
            priors: The priors of the canvas.
            targets: The objects of the batch.
            proposals: Scores and boxes at candidate pairs, for assigners that look at predictions.
        """
        ...


def explain_assignment(
    assigner: Assigner, priors: Priors, targets: Targets, proposals: Proposals | None = None
) -> tuple[Assignment, Verdicts]:
    """Gives the pairs and the reasons of any assigner; of one that gives no reasons, the pairs alone.

    Args:
        assigner: Which prediction answers for which object.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        proposals: Scores and boxes at candidate pairs, for assigners that look at predictions.
    """
    if isinstance(assigner, ExplainingAssigner):
        return assigner.explain(priors, targets, proposals)
    assignment = assigner(priors, targets, proposals)
    return assignment, Journal(assignment, priors, targets).close()
