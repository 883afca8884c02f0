"""Binary cross-entropy of every prior against a sparse set of soft labels."""

from dataclasses import dataclass

from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.kernels.prior_values import Read, prior_values
from boxwright.kernels.sparse_cross_entropy import sparse_cross_entropy


@dataclass(frozen=True, slots=True)
class BinaryCrossEntropy:
    """Costs Σ_classes softplus(x) − quality · x[label] per prior, where only pairs have the second part.

    This is BCE with logits against targets that are `quality` at the label of each pair and 0 elsewhere, without ever
    building those targets. Several pairs at one prior add up (their labels must differ for it to be BCE).
    """

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
        return prior_values(self, sparse_cross_entropy, logits, image, prior, label, quality)

    def background(self, logits: Float[Tensor, "batch classes priors"]) -> Float[Tensor, "batch priors"]:
        """Gives what every prior costs without a label.

        Args:
            logits: Of all priors.
        """
        return softplus(logits).sum(dim=1)

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
        return -quality.to(logits.dtype) * logits
