"""Random brightness, contrast, saturation, hue and order of channels."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.structures import Sample

Pixels = npt.NDArray[np.uint8]

_HUES = 180  # OpenCV keeps the hue of 8-bit images in steps of 2 degrees
_LEVELS = np.arange(256, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class PhotometricDistortion:
    """Changes brightness, contrast, saturation and hue, and swaps channels, each with a probability of its own.

    Brightness and contrast are factors, the latter of the distance from the mean grey; contrast comes before or after
    saturation and hue. Saturation is a factor, hue a shift that goes around. Numbers are drawn from the generator that
    is passed in; torchvision's transform of this name draws from the global one, which would tie a picture to the order
    of work.

    Source: Howard, Some Improvements on Deep Convolutional Neural Network Based Image Classification (2013), as in the
    published training of SSD; ranges as in torchvision.

    Args:
        probability: Of each change, 0 to 1.
        brightness: Largest change of the factor from 1.
        contrast: Likewise.
        saturation: Likewise.
        hue: Largest shift, as a share of the circle.
    """

    probability: float = 0.5
    brightness: float = 0.125
    contrast: float = 0.5
    saturation: float = 0.5
    hue: float = 0.05

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Changes the colours; boxes stay."""
        if self.probability == 0:
            return sample
        chosen = rng.random(5) < self.probability
        gains = rng.uniform(-1, 1, 4) * (self.brightness, self.contrast, self.saturation, self.hue) * chosen[:4]
        contrast_first, order = rng.random() < 0.5, rng.permutation(3)
        source = pixels = as_pixels(sample.image)
        if chosen[0]:
            pixels = _look_up(pixels, _LEVELS * (1 + gains[0]))
        if contrast_first:
            pixels = _with_contrast(pixels, gains[1])
        pixels = _with_saturation_and_hue(pixels, gains[2], gains[3])
        if not contrast_first:
            pixels = _with_contrast(pixels, gains[1])
        if chosen[4]:
            pixels = np.ascontiguousarray(pixels[:, :, order])
        return sample if pixels is source else replace(sample, image=as_tensor(pixels))


def _with_contrast(pixels: Pixels, gain: float) -> Pixels:
    if gain == 0:
        return pixels
    mean = cv2.mean(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))[0]
    return _look_up(pixels, mean + (_LEVELS - mean) * (1 + gain))


def _with_saturation_and_hue(pixels: Pixels, saturation: float, hue: float) -> Pixels:
    if saturation == 0 and hue == 0:
        return pixels
    tables = np.stack(((_LEVELS + hue * _HUES) % _HUES, _LEVELS * (1 + saturation), _LEVELS), axis=1)
    hsv = cv2.LUT(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV), tables.clip(0, 255).astype(np.uint8)[None])
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), dtype=np.uint8)


def _look_up(pixels: Pixels, table: npt.NDArray[np.float64]) -> Pixels:
    return np.asarray(cv2.LUT(pixels, table.round().clip(0, 255).astype(np.uint8)), dtype=np.uint8)
