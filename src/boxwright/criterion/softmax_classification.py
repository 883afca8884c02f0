"""The class term of systems with a softmax: every prior that counts against its label or the background."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.background import with_background
from boxwright.criterion.class_weights import weighted_by_class
from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.kernels.log_scores import LogScores
from boxwright.losses.cross_entropy import CrossEntropy
from boxwright.losses.kinds import PriorLoss
from boxwright.reducers.by_quality import ByQuality
from boxwright.structures.predictions import Predictions


@dataclass(frozen=True, slots=True)
class SoftmaxClassificationTerm:
    """Charges every prior that is not ignored for its class logits, of which the first is the background's.

    Where a sampler has ranked by this term, only the priors that it left are read and differentiated.

    Args:
        gain: Weight of the term.
        loss: Gives a value per prior.
        reducer: Turns the values into one number.
        name: What the term is called.
        class_weights: Factor by the class of a pair's target, see `weighted_by_class`; None for none.
    """

    gain: float = 1.0
    loss: PriorLoss = field(default_factory=CrossEntropy)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "class"
    class_weights: tuple[float, ...] | None = None

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "batch priors"]:
        """Gives what each prior costs, without the gain.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no background.
        """
        with_background(matches.predictions, self.name)
        found, logits = matches.assignment, matches.predictions.class_logits
        columns = (found.image, found.prior, matches.labels, found.quality)
        of_counted = getattr(self.loss, "of_counted", None)  # to ask for the protocol takes twenty operators' time
        if isinstance(matches.ranking, LogScores) and of_counted is not None:
            values: Tensor = of_counted(logits, ~found.ignored, *columns, matches.ranking)
        else:
            values = self.loss(logits, *columns).masked_fill(found.ignored, 0)
        return weighted_by_class(values, matches, self.class_weights)

    def ranking(self, predictions: Predictions) -> LogScores:
        """Gives what every prior would cost as background, without the gain; `HardNegatives` ranks by it.

        Args:
            predictions: The head's output.

        Raises:
            ShapeError: The network predicts no background.
        """
        with_background(predictions, self.name)
        return LogScores.of(predictions.class_logits)
