"""Side distances as the expectation of a distribution over bins."""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.coders.ltrb import LtrbCoder
from boxwright.errors import ConfigError
from boxwright.geometry.precision import constant, widen


@dataclass(frozen=True, slots=True)
class DistributionCoder:
    """Reads each side's distance as the mean of a softmax over the bins 0, 1, … `num_bins` − 1 (in strides).

    A side farther than `num_bins` − 1 strides cannot be expressed.

    Source: Generalized Focal Loss, Li et al. 2020, sec. 3.2.

    Args:
        num_bins: Bins per side; YOLOv8 has 16 (there called reg_max).
        margin: How far under the last bin an encoded distance is kept, in strides.

    Raises:
        ConfigError: There are fewer than two bins, or the margin leaves no distance to encode.
    """

    num_bins: int = 16
    margin: float = 0.01

    def __post_init__(self) -> None:
        """Checks the ranges."""
        if self.num_bins < 2 or not 0 <= self.margin < self.num_bins - 1:
            raise ConfigError(
                "Distances lie between 0 and the last bin, so there must be at least 2 bins and a margin from 0 to "
                f"less than bins - 1; found num_bins={self.num_bins}, margin={self.margin}. YOLOv8 has 16 and 0.01."
            )

    @property
    def code_size(self) -> int:
        """Logits per prior: four sides times the bins, side by side (left, top, right, bottom)."""
        return 4 * self.num_bins

    def encode(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives the distances in strides that the distributions should have, clamped to what the bins can express.

        Args:
            boxes: xyxy in pixels.
            priors: Rows that begin with cxcywh in pixels.
        """
        return LtrbCoder().encode(boxes=boxes, priors=priors).clamp(0, self.num_bins - 1 - self.margin)

    def decode(
        self, *, codes: Float[Tensor, "pairs code"], priors: Float[Tensor, "pairs _"]
    ) -> Float[Tensor, "pairs 4"]:
        """Gives xyxy boxes in pixels.

        Args:
            codes: Logits, side-major.
            priors: Rows that begin with cxcywh in pixels.
        """
        scores = widen(codes).unflatten(1, (4, self.num_bins)).softmax(dim=2)
        bins = constant(tuple(range(self.num_bins)), scores.dtype, codes.device)
        distances = (scores * bins).sum(dim=2)
        return LtrbCoder().decode(codes=distances, priors=priors)

    def reaches(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Bool[Tensor, "pairs"]:
        """Says of each pair whether no side is farther than the last bin.

        Args:
            boxes: xyxy in pixels.
            priors: Rows that begin with cxcywh in pixels.
        """
        return LtrbCoder().encode(boxes=boxes, priors=priors).amax(dim=1) <= self.num_bins - 1
