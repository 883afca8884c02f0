"""Boxes as a shift of a prior's centre and a change of its size."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.errors import ConfigError, unknown_name
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.frozen import frozen
from boxwright.geometry.precision import constant, widen

CLAMPS = ("both", "upper")
LEAST_RATIO = 1e-6
"""A target's side is encoded as at least this share of the prior's, so that a box without area has finite codes."""


@dataclass(frozen=True, slots=True)
class DeltaCoder:
    """Writes a box as (Δx / w, Δy / h, ln of the width's ratio, ln of the height's ratio), less means, over stds.

    Decoding clamps the logarithms of the ratios, so that a wild logit does not make an infinite box. Encoding is not
    clamped; so decoding inverts encoding for boxes whose sides are not more than `size_ratio_clamp` times the prior's
    (and, with both sides clamped, not less than one in as many).

    Source: R-CNN, Girshick et al. 2014, appendix C; Faster R-CNN, Ren et al. 2015, eq. 2; the clamp is Detectron's.

    Args:
        means: Subtracted from (x, y, width, height) codes.
        stds: Divide them; SSD calls (0.1, 0.1, 0.2, 0.2) variances, torchvision the reciprocals weights.
        size_ratio_clamp: The largest ratio of sides that decoding gives, above 1; `math.inf`: no clamp.
        clamp: Which ratios are clamped when decoding: "both", the large and the small ones, as MMDetection does, or
            "upper", the large ones only, as torchvision does.

    Raises:
        ConfigError: A std or the clamp is out of its range.
    """

    means: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    stds: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    size_ratio_clamp: float = 1000 / 16
    clamp: str = "both"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for name in ("means", "stds"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if not all(std > 0 for std in self.stds):
            raise ConfigError(f"stds must be above 0; found {self.stds}.")
        if not self.size_ratio_clamp > 1:
            raise ConfigError(f"size_ratio_clamp must be above 1; found {self.size_ratio_clamp}.")
        if self.clamp not in CLAMPS:
            raise unknown_name("clamp", self.clamp, CLAMPS)

    @property
    def code_size(self) -> int:
        """Numbers per prior: x, y, width, height."""
        return 4

    def encode(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives the codes.

        Args:
            boxes: xyxy in pixels.
            priors: Rows that begin with cxcywh in pixels.
        """
        low, high = boxes.chunk(2, dim=1)
        prior_centre, prior_size = priors[:, :2], priors[:, 2:4]
        shift = ((low + high) / 2 - prior_centre) / prior_size
        ratio = ((high - low) / prior_size).clamp(min=LEAST_RATIO)
        deltas = torch.cat((shift, ratio.log()), dim=1)
        centred = deltas - self._row(self.means, deltas) if any(self.means) else deltas
        return centred / self._row(self.stds, deltas)

    def decode(self, *, codes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives xyxy boxes in pixels.

        Args:
            codes: Shift and change of size, in units of the stds.
            priors: Rows that begin with cxcywh in pixels.
        """
        codes = widen(codes)
        deltas = codes * self._row(self.stds, codes)
        deltas = deltas + self._row(self.means, codes) if any(self.means) else deltas
        limit = math.log(self.size_ratio_clamp)
        shift, change = deltas.chunk(2, dim=1)
        change = change.clamp(min=-limit if self.clamp == "both" else None, max=limit)
        prior_centre, prior_size = priors[:, :2], priors[:, 2:4]
        return cxcywh_to_xyxy(torch.cat((prior_centre + shift * prior_size, prior_size * change.exp()), dim=1))

    def reaches(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Bool[Tensor, "pairs"]:
        """Says of each pair whether the ratios of the sides stay within the clamp.

        Args:
            boxes: xyxy in pixels.
            priors: Rows that begin with cxcywh in pixels.
        """
        ratio = (boxes[:, 2:] - boxes[:, :2]) / priors[:, 2:4]
        is_large = ratio > self.size_ratio_clamp
        is_small = ratio < 1 / self.size_ratio_clamp
        outside = is_large | is_small if self.clamp == "both" else is_large
        return ~outside.any(dim=1)

    @staticmethod
    def _row(values: tuple[float, ...], like: Tensor) -> Tensor:
        return constant(values, like.dtype, like.device)
