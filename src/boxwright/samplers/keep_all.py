"""The sampler that drops nothing."""

from dataclasses import dataclass

from boxwright.samplers.sampler import PriorValues
from boxwright.structures.assignment import Assignment


@dataclass(frozen=True, slots=True)
class KeepAll:
    """Returns the assignment as it is."""

    def __call__(self, assignment: Assignment, prior_values: PriorValues | None = None) -> Assignment:
        """Returns the assignment.

        Args:
            assignment: What the assigner made.
            prior_values: Not needed.
        """
        del prior_values
        return assignment
