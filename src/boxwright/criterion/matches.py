"""What every term reads: the pairs, with everything gathered once."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.kernels.level_rows import rows_at
from boxwright.structures.assignment import Assignment
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


@runtime_checkable
class Ranking(Protocol):
    """What a sampler may rank priors by."""

    @property
    def prior_values(self) -> Float[Tensor, "batch priors"]:
        """What every prior would cost as background, without the gain."""
        ...


@dataclass(frozen=True, slots=True)
class Matches:
    """The sampled pairs of a batch, row for row.

    Args:
        predictions: The head's output.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        assignment: The pairs.
        box_codes: Codes of the pairs, differentiable.
        prior_boxes: cxcywh and stride of the pairs' priors, in canvas pixels, as a coder reads them.
        target_boxes: xyxy of the pairs' targets, in canvas pixels.
        labels: Class of the pairs' targets.
        ranking: What a sampler ranked priors by, which a term may need too; None where no sampler asked.
    """

    predictions: Predictions
    priors: Priors
    targets: Targets
    assignment: Assignment
    box_codes: Float[Tensor, "pairs code"]
    prior_boxes: Float[Tensor, "pairs 5"]
    target_boxes: Float[Tensor, "pairs 4"]
    labels: Int64[Tensor, "pairs"]
    ranking: Ranking | None = None

    @property
    def strides(self) -> Float[Tensor, "pairs 1"]:
        """Canvas pixels per cell at each pair; a loss in strides divides boxes by it."""
        return self.prior_boxes[:, 4:]


def gather_matches(
    predictions: Predictions,
    priors: Priors,
    targets: Targets,
    assignment: Assignment,
    ranking: Ranking | None = None,
) -> Matches:
    """Gathers codes, priors, boxes and labels of the pairs.

    Args:
        predictions: The head's output.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        assignment: The pairs.
        ranking: What a sampler ranked priors by.
    """
    return Matches(
        predictions,
        priors,
        targets,
        assignment,
        rows_at(predictions.box_codes, assignment.image, assignment.prior),
        priors.rows(assignment.prior),
        targets.boxes.index_select(0, assignment.target),
        targets.labels.take(assignment.target),
        ranking,
    )
