"""The class term of systems with a softmax: every prior that counts against its label or the background."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.term import Reducer, weighted
from boxwright.errors import ShapeError
from boxwright.losses.cross_entropy import CrossEntropy
from boxwright.losses.log_scores import LogScores
from boxwright.reducers.by_quality import ByQuality
from boxwright.structures.predictions import Predictions


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
        logits = matches.predictions.class_logits
        if found.ignored is None:
            return self.loss(logits, found.image, found.prior, matches.labels, found.quality)
        scores = matches.ranking if isinstance(matches.ranking, LogScores) else LogScores.of(logits)
        columns = (found.image, found.prior, matches.labels, found.quality)
        return self.loss.of_counted(logits, ~found.ignored, *columns, scores)

    def reduce(self, values: Float[Tensor, "batch priors"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return weighted(self.reducer(values, matches.assignment, matches.priors), self.gain)

    def ranking(self, predictions: Predictions) -> LogScores:
        """Gives what every prior would cost as background, unweighted; `HardNegatives` ranks by it.

        Args:
            predictions: The head's output.

        Raises:
            ShapeError: The network predicts no background.
        """
        _check_background(predictions)
        return LogScores.of(predictions.class_logits)


def _check_background(predictions: Predictions) -> None:
    if not predictions.has_background:
        raise ShapeError(
            "The predictions have no logit of the background. Use a head that predicts one and says so "
            "(Predictions(…, has_background=True)), or a term with a sigmoid."
        )
