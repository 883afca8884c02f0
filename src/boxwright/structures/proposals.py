"""Scores and boxes of candidate pairs, for assigners that look at predictions."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import even_sigmoid, widen
from boxwright.structures.predictions import Places, Predictions, rows_view
from boxwright.structures.priors import Priors

Decode = Callable[..., Tensor]
"""A coder's `decode(*, codes, priors)`."""

_PRIORS_AT_ONCE = 1 << 15


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

        A prior that occurs in many pairs is decoded once, and a few images at a time, so that memory follows the
        number of different priors.
        """
        batch_size, num_priors = self.predictions.batch_size, len(self.priors)
        point = image * num_priors + prior
        present = torch.zeros((batch_size, num_priors), dtype=torch.bool, device=point.device)
        present.view(-1)[point] = True
        table = widen(self.predictions.box_codes[0][:0]).new_empty((batch_size, num_priors, 4))
        images_at_once = max(1, _PRIORS_AT_ONCE // max(1, num_priors))
        for first in range(0, batch_size, images_at_once):
            self._decode(table, present[first : first + images_at_once], first)
        return table.view(-1, 4).index_select(0, point)

    def _decode(self, table: Tensor, present: Tensor, first: int) -> None:
        """Writes the boxes of the priors that are present, in some images, into the table."""
        places = []
        for grid in self.priors.grids:
            image, inside = present[:, grid.start : grid.stop].nonzero().unbind(1)
            places.append(Places(inside + grid.start, image + first, inside))
        views = [rows_view(block, place, None) for block, place in zip(self.predictions.box_codes, places, strict=True)]
        image, prior = torch.cat([place.image for place in places]), torch.cat([place.pair for place in places])
        if len(prior) == 0:
            return
        codes = self.predictions.box_codes[0].new_empty((len(prior), self.predictions.box_codes[0].shape[2]))
        slices = codes.split([len(place.pair) for place in places])
        for (view, index), rows in zip(views, slices, strict=True):
            torch.ops.aten.index.Tensor_out(view, index, out=rows)
        table[image, prior] = self.decode(codes=codes, priors=self.priors.rows(prior))
