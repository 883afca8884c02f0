"""More than the image: small objects for those who have large ones only."""

from dataclasses import dataclass

import numpy as np

from boxwright.data.transforms.window import Window, whole
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class ZoomOut:
    """Puts the image somewhere into a grey frame up to `largest` times as wide and as high, with a probability.

    Source: SSD, Liu et al. 2016, sec. 3.6, "zoom out".

    Args:
        probability: 0 to 1.
        largest: Largest ratio of the frame's sides to those of the image; it is drawn evenly from 1 on.
    """

    probability: float = 0.5
    largest: float = 4.0

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Paints the frame in pixels of the image, or returns the sample as it is."""
        window = self.draw(sample.size, rng)
        if window == whole(sample.size):
            return sample
        return window.show(sample, window.size, window.to_canvas(window.size))

    def draw(self, size: tuple[int, int], rng: np.random.Generator) -> Window:
        """Draws the frame.

        Args:
            size: Height and width of the image in pixels.
            rng: The source of randomness.
        """
        if rng.random() >= self.probability:
            return whole(size)
        ratio = rng.uniform(1, self.largest)
        height, width = (int(side * ratio) for side in size)
        top, left = (int(rng.uniform(0, far - side + 1)) for far, side in zip((height, width), size, strict=True))
        return Window(-left, -top, (height, width))
