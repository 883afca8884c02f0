"""Scores and boxes of candidate pairs, for assigners that look at predictions."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import even_sigmoid, widen
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors

Decode = Callable[..., Tensor]
"""A coder's `decode(*, codes, priors)`."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Gives scores and decoded boxes at (image, prior) pairs only; nothing is differentiated.

    Args:
        predictions: The head's output.
        priors: The priors of the canvas.
        decode: Turns codes and rows of priors (cxcywh and stride) into xyxy boxes in canvas pixels.

    Raises:
        ShapeError: The predictions are of other priors.
    """

    predictions: Predictions
    priors: Priors
    decode: Decode

    def __post_init__(self) -> None:
        """Checks that the predictions are of these priors."""
        self.predictions.check_priors(self.priors)

    @torch.no_grad()
    def scores_of(
        self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"], label: Int64[Tensor, "pairs"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the score of one label at each pair, in float32 or wider: sigmoid, or with a background softmax.

        Args:
            image: Image of each pair.
            prior: Prior of each pair.
            label: Which score.
        """
        if self.predictions.has_background:
            rows = widen(self.predictions.class_logits_at(image, prior)).softmax(dim=1)
            return rows.gather(1, label.unsqueeze(1) + 1).squeeze(1)
        return even_sigmoid(widen(self.predictions.class_logits_at(image, prior, label)))

    @torch.no_grad()
    def boxes_of(self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> Float[Tensor, "pairs 4"]:
        """Gives the decoded box at each pair, xyxy in canvas pixels.

        Args:
            image: Image of each pair.
            prior: Prior of each pair.
        """
        codes = self.predictions.box_codes_at(image, prior)
        return self.decode(codes=codes, priors=self.priors.rows(prior))
