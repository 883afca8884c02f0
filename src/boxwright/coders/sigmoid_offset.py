"""Boxes as sigmoids: an offset of the centre in strides and a share of the prior's size."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.geometry.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from boxwright.geometry.precision import widen

_LEAST = -80.0  # beyond, the exponential overflows in float32, and 0 times infinity is no gradient


@dataclass(frozen=True, slots=True)
class SigmoidOffsetCoder:
    """Moves the centre of a prior by (2σ − 1) strides and scales its size by (2σ)².

    Published code writes the first as 2σ − ½ from the corner of the cell; our priors stand on the middle of it. So a
    centre is less than one stride away from the prior's, along each side, and a size is above 0 and below 4 times the
    prior's. Encoding inverts decoding inside this range. Outside it, and at its edge, where no logit is large
    enough, encoding gives the logit of σ = `margin` or 1 − `margin`.

    Source: Jocher et al., YOLOv5 (software, 2020); σ for offsets is YOLO9000's, Redmon and Farhadi 2017, sec. 2.

    Args:
        margin: How far from 0 and 1 an encoded σ is kept.

    Raises:
        ConfigError: The margin is not between 0 and ½.
    """

    margin: float = 1e-4

    def __post_init__(self) -> None:
        """Checks the margin."""
        if not 0 < self.margin < 0.5:
            raise ConfigError(f"margin must lie between 0 and 0.5; found {self.margin}.")

    @property
    def code_size(self) -> int:
        """Logits per prior: x, y, width, height."""
        return 4

    def encode(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs 5"]) -> Float[Tensor, "pairs 4"]:
        """Gives the logits.

        Args:
            boxes: xyxy in pixels.
            priors: cxcywh and stride in pixels.
        """
        centre, size = xyxy_to_cxcywh(boxes).split(2, dim=1)
        share = ((centre - priors[:, :2]) / priors[:, 4:] + 1) / 2
        scale = (size / priors[:, 2:4]).clamp(min=0).sqrt() / 2
        return torch.logit(torch.cat((share, scale), dim=1).clamp(self.margin, 1 - self.margin))

    def decode(self, *, codes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs 5"]) -> Float[Tensor, "pairs 4"]:
        """Gives xyxy boxes in pixels.

        Args:
            codes: Logits of x, y, width, height.
            priors: cxcywh and stride in pixels.
        """
        shift, scale = (2 * _sigmoid(widen(codes))).split(2, dim=1)
        centre, size, stride = priors.split((2, 2, 1), dim=1)
        return cxcywh_to_xyxy(torch.cat((centre + (shift - 1) * stride, scale.square() * size), dim=1))

    def reaches(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs 5"]) -> Bool[Tensor, "pairs"]:
        """Says of each pair whether the centre is at most a stride away, and no side over 4 times the prior's.

        Args:
            boxes: xyxy in pixels.
            priors: cxcywh and stride in pixels.
        """
        centre, size = xyxy_to_cxcywh(boxes).split(2, dim=1)
        is_near = ((centre - priors[:, :2]).abs() <= priors[:, 4:]).all(dim=1)
        fits: Tensor = is_near & (size <= 4 * priors[:, 2:4]).all(dim=1)
        return fits


def _sigmoid(logits: Float[Tensor, "pairs 4"]) -> Float[Tensor, "pairs 4"]:
    """Gives equal numbers for equal logits wherever they stand, as `even_sigmoid` does, and a gradient."""
    return (1 + (-logits.clamp(min=_LEAST)).exp()).reciprocal()
