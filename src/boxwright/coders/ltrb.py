"""Boxes as distances from a point to the four sides, in strides."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


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
        centre, size = priors[:, :2], priors[:, 2:4]
        return torch.cat(((centre - boxes[:, :2]) / size, (boxes[:, 2:] - centre) / size), dim=1)

    def decode(self, *, codes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives xyxy boxes in pixels.

        Args:
            codes: Distances in strides.
            priors: Rows that begin with cxcywh in pixels.
        """
        centre, size = priors[:, :2], priors[:, 2:4]
        return torch.addcmul(torch.cat((centre, centre), dim=1), codes, torch.cat((-size, size), dim=1))
