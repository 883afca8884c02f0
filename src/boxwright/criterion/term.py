"""What every term and reducer is."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches, Ranking
from boxwright.structures.assignment import Assignment
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors


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
class AttributableTerm(Term, Protocol):
    """A term whose loss can be shared out to the objects: values, then a linear reduction of them."""

    def values(self, matches: Matches) -> Float[Tensor, "..."]:
        """Gives what each pair (`pairs`) or each prior (`batch priors`) costs, without the gain.

        Args:
            matches: The pairs and everything they refer to.
        """
        ...

    def reduce(self, values: Float[Tensor, "..."], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        ...


@runtime_checkable
class RankingTerm(Term, Protocol):
    """A term by whose loss a sampler may rank priors."""

    def ranking(self, predictions: Predictions) -> Ranking:
        """Gives what every prior would cost as background, and what the term itself may then read again.

        Args:
            predictions: The head's output.
        """
        ...


@runtime_checkable
class Reducer(Protocol):
    """Turns values into one number."""

    def __call__(self, values: Float[Tensor, "..."], assignment: Assignment, priors: Priors) -> Float[Tensor, ""]:
        """Gives the number.

        Args:
            values: Per prior or per pair.
            assignment: What the values belong to.
            priors: The priors of the canvas.
        """
        ...
