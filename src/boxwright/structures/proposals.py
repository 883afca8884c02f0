"""Scores and boxes of candidate pairs, for assigners that look at predictions."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import even_sigmoid, widen
from boxwright.structures.layout import layout_of
from boxwright.structures.level_rows import read_sorted
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import Priors

Decode = Callable[..., Tensor]
"""A coder's `decode(*, codes, priors)`."""

_PRIORS_AT_ONCE = 1 << 14


@dataclass(frozen=True, slots=True)
class Proposals:
    """Gives scores and decoded boxes at (image, prior) pairs only; nothing dense is decoded, nothing differentiated.

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
        self,
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        per_level: list[int] | None = None,
    ) -> Float[Tensor, "pairs"]:
        """Gives the score of one label at each pair, in float32 or wider: sigmoid, or with a background softmax.

        Args:
            image: Image of each pair.
            prior: Prior of each pair.
            label: Which score.
            per_level: How many pairs each level has, if they are sorted by level; it spares sorting them.
        """
        if self.predictions.has_background:
            rows = widen(self.predictions.class_logits_at(image, prior)).softmax(dim=1)
            return rows.gather(1, label.unsqueeze(1) + 1).squeeze(1)
        if per_level is None:
            return even_sigmoid(widen(self.predictions.class_logits_at(image, prior, label)))
        blocks = self.predictions.class_logits
        return even_sigmoid(widen(read_sorted(blocks, layout_of(blocks), per_level, image, prior, label)))

    @torch.no_grad()
    def boxes_of(self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> Float[Tensor, "pairs 4"]:
        """Gives the decoded box at each pair, xyxy in canvas pixels.

        A prior that occurs in many pairs is decoded once, and some priors at a time, so that memory follows the number
        of different ones.
        """
        num_priors, blocks = len(self.priors), self.predictions.box_codes
        layout = layout_of(blocks)
        point = torch.add(prior, image, alpha=num_priors)
        present = torch.zeros((self.predictions.batch_size, num_priors), dtype=torch.bool, device=point.device)
        present.view(-1).index_fill_(0, point, True)
        levels = [present[:, grid.start : grid.stop].nonzero() for grid in self.priors.grids]
        for level, grid in zip(levels, self.priors.grids, strict=True):
            level.select(1, 1).add_(grid.start)
        image, prior = torch.cat(levels).unbind(1)
        ends = list(accumulate(len(level) for level in levels))
        table = widen(blocks[0][:0]).new_empty((present.numel(), 4))
        for first in range(0, len(prior), _PRIORS_AT_ONCE):
            some = slice(first, first + _PRIORS_AT_ONCE)
            passed = [min(max(end, first), some.stop) - first for end in ends]
            per_level = [end - start for start, end in pairwise((0, *passed))]
            codes = read_sorted(blocks, layout, per_level, image[some], prior[some])
            boxes = self.decode(codes=codes, priors=self.priors.rows(prior[some]))
            table.index_copy_(0, torch.add(prior[some], image[some], alpha=num_priors), boxes)
        return table.index_select(0, point)
