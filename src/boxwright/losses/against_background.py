"""Any soft-label loss of every prior against a sparse set of labels."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.losses.soft_label import SoftLabelLoss
from boxwright.structures.level_rows import rows_at


@dataclass(frozen=True, slots=True)
class AgainstBackground:
    """Costs every logit as background, and corrects that at the pairs.

    Value of a prior = Σ_classes loss(x, 0) + Σ_pairs (loss(x[label], quality) − loss(x[label], 0)): what the dense loss
    gives, without a dense label. `BinaryCrossEntropy` is the leaner form for plain cross-entropy. A (prior, label) may
    occur in one pair only.

    Args:
        loss: Gives a value for a logit and its label.
    """

    loss: SoftLabelLoss

    def __call__(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _classes _height _width"], ...],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of every prior, summed over its classes, in float32 or wider.

        Args:
            logits: Level blocks.
            image: Image of each pair.
            prior: Prior of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
        """
        zero = logits[0].new_zeros(())
        background = [self.loss(block, zero.expand_as(block)).sum(dim=2) for block in logits]
        values = torch.cat([level.permute(0, 2, 3, 1).flatten(1) for level in background], dim=1)
        at_pairs = rows_at(logits, image, prior, label)
        change = self.loss(at_pairs, quality) - self.loss(at_pairs, zero.expand_as(at_pairs))
        return values.index_put((image, prior), change, accumulate=True)
