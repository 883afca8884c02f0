"""Focal loss of every prior against a sparse set of labels."""

from dataclasses import dataclass
from functools import partial

from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.kernels.prior_values import Read, prior_values
from boxwright.kernels.sparse_focal import sparse_focal
from boxwright.losses.against_background import AgainstBackground
from boxwright.losses.focal import FocalLoss


@dataclass(frozen=True, slots=True)
class PriorFocalLoss:
    """Costs every logit as background by `FocalLoss`, and corrects that at the pairs.

    The values are those of `AgainstBackground(FocalLoss(gamma, alpha))`. A (prior, label) may occur in one pair only.

    Source: Focal Loss, Lin et al. 2017, eq. 5.

    Args:
        gamma: Exponent; 0, or at least 1.
        alpha: Weight of label 1, 0 to 1; label 0 has 1 − alpha.

    Raises:
        ConfigError: A field is out of its range.
    """

    gamma: float = 2.0
    alpha: float = 0.25

    def __post_init__(self) -> None:
        """Checks the ranges."""
        FocalLoss(self.gamma, self.alpha)

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
        return prior_values(self, partial(sparse_focal, self), logits, image, prior, label, quality)

    def background(self, logits: Float[Tensor, "batch classes priors"]) -> Float[Tensor, "batch priors"]:
        """Gives what every prior costs without a label.

        Args:
            logits: Of all priors.
        """
        return self._form.background(logits)

    def change(
        self, read: Read, label: Int64[Tensor, "pairs"], quality: Float[Tensor, "pairs"]
    ) -> Float[Tensor, "pairs"]:
        """Gives what a pair changes in the value of its prior.

        Args:
            read: Reads one logit per pair.
            label: Class of each pair.
            quality: Soft label of each pair.
        """
        return self._form.change(read, label, quality)

    @property
    def _form(self) -> AgainstBackground:
        return AgainstBackground(FocalLoss(self.gamma, self.alpha))
