"""The class term of systems with a softmax: every prior that counts against its label or the background."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer
from boxwright.errors import ShapeError
from boxwright.losses.cross_entropy import CrossEntropy
from boxwright.reducers.by_quality import ByQuality
from boxwright.structures.predictions import Predictions, rows_at


@dataclass(frozen=True, slots=True)
class SoftmaxClassificationTerm:
    """Charges every prior that is not ignored for its class logits, of which the first is the background's.

    Where a sampler has left few priors, only these are read and differentiated.

    Args:
        gain: Weight of the term.
        loss: Gives a value per prior.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    gain: float = 1.0
    loss: CrossEntropy = field(default_factory=CrossEntropy)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "class"

    def __call__(self, matches: Matches) -> Float[Tensor, ""]:
        """Gives the weighted loss.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no background.
        """
        return self.reduce(self.values(matches), matches)

    def values(self, matches: Matches) -> Float[Tensor, "batch priors"]:
        """Gives what each prior costs, unweighted.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no background.
        """
        _check_background(matches.predictions)
        found = matches.assignment
        if found.ignored is None:
            logits = matches.predictions.class_logits
            return self.loss(logits, found.image, found.prior, matches.labels, found.quality)
        return self._values_of_counted(matches, ~found.ignored)

    def reduce(self, values: Float[Tensor, "batch priors"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return self.gain * self.reducer(values, matches.assignment, matches.priors)

    def prior_values(self, predictions: Predictions) -> Float[Tensor, "batch priors"]:
        """Gives what every prior would cost as background, unweighted; `HardNegatives` ranks by it.

        Args:
            predictions: The head's output.

        Raises:
            ShapeError: The network predicts no background.
        """
        _check_background(predictions)
        return self.loss.of_background(predictions.class_logits)

    def _values_of_counted(
        self, matches: Matches, counts: Bool[Tensor, "batch priors"]
    ) -> Float[Tensor, "batch priors"]:
        image, prior = counts.nonzero(as_tuple=True)
        row_of = torch.full(counts.shape, -1, dtype=torch.int64, device=counts.device)
        row_of[image, prior] = torch.arange(len(image), device=counts.device)
        row = row_of[matches.assignment.image, matches.assignment.prior]
        paired = (row >= 0).nonzero().squeeze(1)
        rows = rows_at(matches.predictions.class_logits, image, prior)
        values = self.loss.of_rows(rows, row[paired], matches.labels[paired], matches.assignment.quality[paired])
        return values.new_zeros(counts.shape).index_put((image, prior), values)


def _check_background(predictions: Predictions) -> None:
    if not predictions.has_background:
        raise ShapeError(
            "The predictions have no logit of the background. Use a head that predicts one and says so "
            "(Predictions(…, has_background=True)), or a term with a sigmoid."
        )
