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

_ROWS_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class Proposals:
    """Gives scores and decoded boxes at (image, prior) pairs only; nothing dense is decoded, nothing differentiated.

    Args:
        predictions: The head's output.
        priors: The priors of the canvas.
        decode: Turns codes and rows of priors (cxcywh and stride) into xyxy boxes in canvas pixels.
    """

    predictions: Predictions
    priors: Priors
    decode: Decode

    @torch.no_grad()
    def scores_of(
        self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"], label: Int64[Tensor, "pairs"]
    ) -> Float[Tensor, "pairs"]:
        """Gives the sigmoid score of one label at each pair, in float32 or wider."""
        logits = self.predictions.class_logits_at(image, prior, label)
        return even_sigmoid(widen(logits))

    @torch.no_grad()
    def boxes_of(self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> Float[Tensor, "pairs 4"]:
        """Gives the decoded box at each pair, xyxy in canvas pixels.

        A prior that occurs in many pairs is decoded once, and rows are decoded in chunks, so that memory follows the
        number of different priors.
        """
        num_priors = len(self.priors)
        point = image * num_priors + prior
        present = torch.zeros(self.predictions.batch_size * num_priors, dtype=torch.bool, device=point.device)
        present[point] = True
        points = present.nonzero().squeeze(1)
        row_of = torch.empty(len(present), dtype=torch.int64, device=point.device)
        row_of[points] = torch.arange(len(points), device=point.device)
        chunks = [self._decode(rows) for rows in points.split(_ROWS_AT_ONCE)]
        return torch.cat(chunks)[row_of[point]] if chunks else self.priors.boxes.new_zeros(0, 4)

    def _decode(self, points: Tensor) -> Tensor:
        image = points.div(len(self.priors), rounding_mode="floor")
        prior = points - image * len(self.priors)
        return self.decode(codes=self.predictions.box_codes_at(image, prior), priors=self.priors.rows(prior))
