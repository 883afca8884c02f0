"""How every term with values becomes a loss; the terms share these functions as their methods."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.term import AttributableTerm, Reducer
from boxwright.errors import ShapeError
from boxwright.losses.given_values import described


@runtime_checkable
class ReducedTerm(Protocol):
    """A term as far as `weighted_reduction` needs it."""

    @property
    def gain(self) -> float:
        """Weight of the term."""
        ...

    @property
    def reducer(self) -> Reducer:
        """Turns the values into one number."""
        ...


def weighted_reduction(term: ReducedTerm, values: Float[Tensor, "..."], matches: Matches) -> Float[Tensor, ""]:
    """Gives gain · reducer(values), linear in the values; the `reduce` of most terms.

    Args:
        term: Has a reducer and a gain.
        values: From its `values`.
        matches: What they were computed from.

    Raises:
        ShapeError: The reducer gives no number.
    """
    loss: object = term.reducer(values, matches.assignment, matches.priors)
    if not isinstance(loss, Tensor) or loss.dim():
        raise ShapeError(
            f"{type(term.reducer).__name__} gave {described(loss)}. A reducer gives one number, as a tensor without "
            "dimensions."
        )
    return loss if term.gain == 1 else term.gain * loss  # every node of a graph takes its time


def reduced_values(term: AttributableTerm, matches: Matches) -> Float[Tensor, ""]:
    """Gives the weighted loss; the `__call__` of every term with values.

    Args:
        term: Has `values` and `reduce`.
        matches: The pairs and everything they refer to.
    """
    return term.reduce(term.values(matches), matches)
