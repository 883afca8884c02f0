"""The box term: decoded boxes of the pairs against their targets."""

from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.losses.given_values import given_values
from boxwright.losses.kinds import BoxLoss, PixelBoxLoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.reducers.by_quality import ByQuality
from boxwright.structures.proposals import Decode


@dataclass(frozen=True, slots=True)
class BoxRegressionTerm:
    """Charges each pair for its box, by the pair's weight; boxes are decoded in canvas pixels and compared in strides.

    The strides are those of the pairs' priors, `Matches.strides`. A loss with `of_pixels` compares boxes in canvas
    pixels, see `PixelBoxLoss`.

    Args:
        decode: The coder's `decode`.
        gain: Weight of the term.
        loss: Gives a value per pair from predicted and true xyxy boxes.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    decode: Decode
    gain: float = 7.5
    loss: BoxLoss | PixelBoxLoss = field(default_factory=OverlapLoss)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "box"

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, times its weight, without the gain.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The loss gives something else than a value for each pair.
        """
        boxes = self.decode(codes=matches.box_codes, priors=matches.prior_boxes)
        targets, strides = matches.target_boxes.to(boxes.dtype), matches.strides
        loss: Any = self.loss
        if hasattr(loss, "of_pixels"):  # to ask for the protocol takes twenty operators' time
            values = loss.of_pixels(boxes, targets, matches.priors.canvas_size)
        else:
            values = loss(boxes / strides, targets / strides)
        return given_values(values, boxes.shape[:1], loss) * matches.assignment.weight
