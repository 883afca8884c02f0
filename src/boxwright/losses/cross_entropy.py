"""Softmax cross-entropy of every prior against a sparse set of labels; all other priors are background."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.choice import takes_reference
from boxwright.kernels.log_scores import LogScores
from boxwright.kernels.prior_values import Read, prior_values
from boxwright.kernels.sparse_softmax import sparse_counted_softmax


@dataclass(frozen=True, slots=True)
class CrossEntropy:
    """Costs ln Σ exp(x) − x[background] per prior, and at the pairs − quality · (x[label] − x[background]) more.

    The first value of a prior is the logit of the background, that of label c is value c + 1. A quality below 1 leaves
    the rest of the label to the background. No labels of the size of the logits are ever built.

    Source: SSD, Liu et al. 2016, eq. 3.
    """

    def __call__(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of every prior, in float32 or wider.

        Args:
            logits: Level blocks, background first.
            image: Image of each pair.
            prior: Prior of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
        """
        return prior_values(self, None, logits, image, prior, label, quality)

    def of_counted(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
        counted: Bool[Tensor, "batch priors"],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
        scores: LogScores,
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of some priors and 0 for the others.

        Args:
            logits: Level blocks, background first.
            counted: Which priors; pairs of others are left out.
            image: Image of each pair.
            prior: Prior of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
            scores: Of the logits.
        """
        if takes_reference(logits[0].device, sum([block.numel() for block in logits])):
            return self(logits, image, prior, label, quality).where(counted, 0)
        return sparse_counted_softmax(logits, counted, image, prior, label, quality, scores)

    def background(self, logits: Float[Tensor, "batch values priors"]) -> Float[Tensor, "batch priors"]:
        """Gives what every prior costs without a label.

        Args:
            logits: Of all priors, background first.
        """
        return logits.logsumexp(dim=1) - logits[:, 0]

    def change(
        self, read: Read, label: Int64[Tensor, "pairs"], quality: Float[Tensor, "pairs"]
    ) -> Float[Tensor, "pairs"]:
        """Gives what a pair changes in the value of its prior.

        Args:
            read: Reads one logit per pair.
            label: Class of each pair.
            quality: Soft label of each pair.
        """
        gain = read(label + 1) - read(label.new_zeros(()).expand_as(label))
        return -quality.to(gain.dtype) * gain
