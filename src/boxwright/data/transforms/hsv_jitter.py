"""Random change of colour."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.structures import Sample

_HUES = 180  # OpenCV keeps the hue of 8-bit images in steps of 2 degrees


@dataclass(frozen=True, slots=True)
class HsvJitter:
    """Multiplies hue, saturation and value by random factors of 1 - gain to 1 + gain each.

    Hues go around, saturations and values stop at their ends. One table look-up per pixel.

    Args:
        hue: Gain, 0 to 1.
        saturation: Gain, 0 to 1.
        value: Gain, 0 to 1.
    """

    hue: float = 0.015
    saturation: float = 0.7
    value: float = 0.4

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Changes the colours; boxes stay."""
        gains = np.array([self.hue, self.saturation, self.value])
        if not gains.any():
            return sample
        factors = 1 + rng.uniform(-1, 1, 3) * gains
        tables = np.arange(256)[:, None] * factors
        tables[:, 0] %= _HUES
        tables = tables.clip(0, 255).astype(np.uint8)[None]
        hsv = cv2.cvtColor(as_pixels(sample.image), cv2.COLOR_RGB2HSV)
        changed = cv2.cvtColor(cv2.LUT(hsv, tables), cv2.COLOR_HSV2RGB)
        return replace(sample, image=as_tensor(np.asarray(changed, dtype=np.uint8)))
