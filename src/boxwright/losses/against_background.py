"""Any soft-label loss of every prior against a sparse set of labels."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.kernels.prior_values import Read, prior_values
from boxwright.losses.given_values import given_values
from boxwright.losses.soft_label import SoftLabelLoss


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
        return prior_values(self, None, logits, image, prior, label, quality)

    def background(self, logits: Float[Tensor, "batch classes priors"]) -> Float[Tensor, "batch priors"]:
        """Gives what every prior costs without a label.

        Args:
            logits: Of all priors.
        """
        values = self.loss(logits, logits.new_zeros(()).expand_as(logits))
        return given_values(values, logits.shape, self.loss).sum(dim=1)

    def change(
        self, read: Read, label: Int64[Tensor, "pairs"], quality: Float[Tensor, "pairs"]
    ) -> Float[Tensor, "pairs"]:
        """Gives what a pair changes in the value of its prior.

        Args:
            read: Reads one logit per pair.
            label: Class of each pair.
            quality: Soft label of each pair.
        """
        logits = read(label)
        found = given_values(self.loss(logits, quality), logits.shape, self.loss)
        return found - self.loss(logits, torch.zeros_like(quality))
