"""What every sampler is."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from torch import Tensor

from boxwright.structures.assignment import Assignment

PriorValues = Callable[[], Tensor]
"""Gives what every prior would cost as background (`batch priors`), computed only when a sampler asks for it."""


@runtime_checkable
class Sampler(Protocol):
    """Maps an assignment to one in which everything that is not sampled is ignored."""

    def __call__(self, assignment: Assignment, prior_values: PriorValues | None = None) -> Assignment:
        """Gives the sampled assignment.

        Args:
            assignment: What the assigner made.
            prior_values: For samplers that rank priors, for instance by their loss.
        """
        ...
