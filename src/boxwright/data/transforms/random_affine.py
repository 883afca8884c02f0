"""Random rotation, scale, shear and shift."""

from dataclasses import dataclass, replace

import numpy as np

from boxwright.data.transforms.affine_map import Matrix, letterboxing, rotation, scaling, shearing, translation
from boxwright.data.transforms.composition import compose
from boxwright.geometry.letterbox import Fit, fit_letterbox
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class RandomAffine:
    """Fits an image to the canvas and turns, scales, shears and shifts it, all in one warp.

    Args:
        canvas_size: Height and width of the result in pixels.
        degrees: Largest rotation to either side.
        translate: Largest shift as a fraction of the canvas.
        scale: Largest relative change of size.
        shear: Largest shear angle in degrees along each axis.
        fit: Where the image lies before it is turned, scaled, sheared and shifted.
    """

    canvas_size: tuple[int, int]
    degrees: float = 0.0
    translate: float = 0.1
    scale: float = 0.5
    shear: float = 0.0
    fit: Fit = "centre"

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Changes one sample."""
        fitted = letterboxing(fit_letterbox(sample.size, self.canvas_size, fit=self.fit))
        matrix = self.draw(rng, self.canvas_size) @ fitted
        return compose([(sample, matrix)], self.canvas_size, replace(sample.origin, letterbox=None))

    def draw(self, rng: np.random.Generator, size: tuple[int, int]) -> Matrix:
        """Draws a map from a picture to the canvas, whose middle goes to the middle plus the shift.

        Args:
            rng: The source of randomness.
            size: Height and width of the picture in pixels.
        """
        angle = rng.uniform(-self.degrees, self.degrees)
        factor = rng.uniform(1 - self.scale, 1 + self.scale)
        shears = rng.uniform(-self.shear, self.shear, 2)
        shifts = rng.uniform(0.5 - self.translate, 0.5 + self.translate, 2)
        height, width = self.canvas_size
        to_middle = translation(-size[1] / 2, -size[0] / 2)
        around = shearing(*shears) @ rotation(angle) @ scaling(factor, factor)
        return translation(shifts[0] * width, shifts[1] * height) @ around @ to_middle
