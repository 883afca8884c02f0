"""From bytes to the numbers that a network wants."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from boxwright.geometry.precision import constant


@dataclass(frozen=True, slots=True)
class Normalization:
    """Computes (image - mean) / std for RGB images of 0 to 255.

    Args:
        mean: Per channel, on the scale of 0 to 255.
        std: Per channel, on the scale of 0 to 255.
    """

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (255.0, 255.0, 255.0)

    def __call__(
        self, images: UInt8[Tensor, "batch 3 height width"] | Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch 3 height width"]:
        """Normalises; the images stay as they are, their memory format is kept."""
        pixels = images.to(torch.float32, copy=True)
        if any(self.mean):
            pixels = pixels.sub_(_per_channel(self.mean, pixels))
        if len(set(self.std)) == 1:
            return pixels.div_(self.std[0])
        return pixels.div_(_per_channel(self.std, pixels))


IMAGENET = Normalization(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
"""What networks trained on ImageNet want."""


def _per_channel(values: tuple[float, float, float], like: Tensor) -> Tensor:
    return constant(values, like.dtype, like.device).view(1, 3, 1, 1)
