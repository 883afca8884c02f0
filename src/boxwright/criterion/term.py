"""What every term and reducer is."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.structures.assignment import Assignment


@runtime_checkable
class Term(Protocol):
    """One named part of the loss."""

    @property
    def name(self) -> str:
        """What the part is called in the result."""
        ...

    def __call__(self, matches: Matches) -> Float[Tensor, ""]:
        """Gives the weighted loss.

        Args:
            matches: The pairs and everything they refer to.
        """
        ...


@runtime_checkable
class Reducer(Protocol):
    """Turns values into one number."""

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment) -> Float[Tensor, ""]:
        """Gives the number.

        Args:
            values: Per prior or per pair.
            assignment: What the values belong to.
        """
        ...
