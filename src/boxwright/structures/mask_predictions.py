"""What a head predicts about masks: prototypes of the image, and coefficients of every prior."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from boxwright.structures.pytrees import as_pytree


@as_pytree()
@dataclass(frozen=True, slots=True)
class MaskPredictions:
    """The mask logits of a prior are its coefficients times the prototypes of its image, pixel by pixel.

    `rows_at` reads the coefficients of (image, prior) pairs.

    Source: YOLACT, Bolya et al. 2019, eq. 1.

    Args:
        coefficients: Per level; as many values as there are prototypes.
        prototypes: Of the whole canvas, at a fraction of its resolution.
    """

    coefficients: tuple[Float[Tensor, "batch _priors_per_cell prototypes _height _width"], ...]
    prototypes: Float[Tensor, "batch prototypes _rows _columns"]
