"""Boxes as distances from a point to the four sides, in strides."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.boxes import outward
from boxwright.geometry.precision import constant


@dataclass(frozen=True, slots=True)
class LtrbCoder:
    """Writes a box as (left, top, right, bottom) distances from the prior's centre, divided by the prior's size.

    For point priors the size is the stride. Decoding inverts encoding for every box, also one that does not hold the
    point (then a distance is negative).

    Source: FCOS, Tian et al. 2019, eq. 1.
    """

    def encode(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives the distances in strides.

        Args:
            boxes: xyxy in pixels.
            priors: Rows that begin with cxcywh in pixels.
        """
        centre, size = _of_sides(priors)
        return (boxes - centre) / size

    def decode(self, *, codes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives xyxy boxes in pixels.

        Args:
            codes: Distances in strides.
            priors: Rows that begin with cxcywh in pixels.
        """
        centre, size = _of_sides(priors)
        return torch.addcmul(centre, codes, size)


def _of_sides(priors: Tensor) -> tuple[Tensor, Tensor]:
    """Gives where the distances of left, top, right and bottom begin, and which way and how far one of them is."""
    centre, size = (constant(columns, torch.int64, priors.device) for columns in ((0, 1, 0, 1), (2, 3, 2, 3)))
    return priors.index_select(1, centre), outward(priors.index_select(1, size))
