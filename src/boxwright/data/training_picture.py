"""From a position in a data set to an augmented training picture."""

from dataclasses import dataclass

import numpy as np

from boxwright.data.augmentation import AugmentationSettings
from boxwright.data.dataset import Dataset
from boxwright.data.transforms import HorizontalFlip, HsvJitter, MixUp, Mosaic, RandomAffine, VerticalFlip
from boxwright.geometry.letterbox import Fit
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class TrainingPicture:
    """Composes and changes training pictures: mosaic or single image, mixup, colour, flips.

    Args:
        dataset: Where images come from, the partners in a mosaic too.
        canvas_size: Height and width of the result in pixels.
        settings: Which changes, how strong and how often.
        fit: Where an image lies in the canvas, unless it is part of a mosaic.
    """

    dataset: Dataset
    canvas_size: tuple[int, int]
    settings: AugmentationSettings
    fit: Fit = "centre"

    def __call__(self, position: int, rng: np.random.Generator, *, mosaic: bool) -> Sample:
        """Makes the picture of one image.

        Args:
            position: Which image.
            rng: The only source of randomness.
            mosaic: Whether mosaic and mixup may be used; off in the last epochs.
        """
        settings = self.settings
        if mosaic and rng.random() < settings.mosaic:
            sample = self._mosaic(position, rng)
            if rng.random() < settings.mixup:
                partner = int(rng.integers(len(self.dataset)))
                sample = MixUp()(sample, self._mosaic(partner, rng), rng)
        else:
            sample = self._affine()(self.dataset[position], rng)
        for change in (
            HsvJitter(*settings.hsv),
            HorizontalFlip(settings.flip_horizontal),
            VerticalFlip(settings.flip_vertical),
        ):
            sample = change(sample, rng)
        return sample

    def _mosaic(self, position: int, rng: np.random.Generator) -> Sample:
        partners = rng.integers(len(self.dataset), size=3).tolist()
        return Mosaic(self._affine())([self.dataset[index] for index in (position, *partners)], rng)

    def _affine(self) -> RandomAffine:
        settings = self.settings
        return RandomAffine(
            self.canvas_size, settings.degrees, settings.translate, settings.scale, settings.shear, self.fit
        )
