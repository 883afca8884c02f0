"""What every assigner is."""

from typing import Protocol, runtime_checkable

from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets


@runtime_checkable
class Assigner(Protocol):
    """Decides which prediction answers for which object.

    Laws, tested for every assigner: ignored targets get no pair; no targets give an empty assignment; permuting images
    or targets permutes the result; a batch equals its images one by one; no gradients are needed; the result is
    deterministic, ties go to the lowest prior, then to the lowest target.
    """

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        """Gives the pairs.

        Args:
            priors: The priors of the canvas.
            targets: The objects of the batch.
            proposals: Scores and boxes at candidate pairs, for assigners that look at predictions.
        """
        ...
