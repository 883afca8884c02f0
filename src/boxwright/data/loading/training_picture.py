"""From a position in a data set to an augmented training picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from boxwright.data.dataset import Dataset
from boxwright.data.transforms import (
    CopyPaste,
    HorizontalFlip,
    HsvJitter,
    IoUCrop,
    MixUp,
    Mosaic,
    PhotometricDistortion,
    RandomAffine,
    VerticalFlip,
    ZoomOut,
)
from boxwright.data.transforms.tracing import trace
from boxwright.data.transforms.transform import Transform
from boxwright.geometry.letterbox import Fit
from boxwright.settings.augmentation import AugmentationSettings
from boxwright.structures import Sample

Partners = Callable[[np.random.Generator, int], list[int]]
"""Draws so many positions."""


@dataclass(frozen=True, slots=True)
class TrainingPicture:
    """Composes and changes training pictures: mosaic or single image, mixup, zoom-out and crop, pasting, colour, flips.

    Every object says where it is annotated, see `Sample.annotation`.

    Args:
        dataset: Where images come from, the partners in a mosaic too.
        canvas_size: Height and width of the result in pixels.
        settings: Which changes, how strong and how often.
        fit: Where an image lies in the canvas, unless it is part of a mosaic.
        last: A further change, after all others.
        partners: Draws the positions of further images; all of the data set are as likely if left out.
    """

    dataset: Dataset
    canvas_size: tuple[int, int]
    settings: AugmentationSettings
    fit: Fit = "centre"
    last: Transform | None = None
    partners: Partners | None = None

    def __call__(self, position: int, rng: np.random.Generator, *, mosaic: bool) -> Sample:
        """Makes the picture of one image.

        Args:
            position: Which image.
            rng: The only source of randomness.
            mosaic: Whether mosaic, mixup and pasted objects may be used; off in the last epochs.
        """
        settings = self.settings
        if mosaic and rng.random() < settings.mosaic:
            sample = self._mosaic(position, rng)
            if rng.random() < settings.mixup:
                (partner,) = self._partners(rng, 1)
                sample = MixUp()(sample, self._mosaic(partner, rng), rng)
        else:
            sample = self._single(position, rng)
        if mosaic and settings.copy_paste and sample.masks is not None and rng.random() < settings.copy_paste:
            source = self._single(self._partners(rng, 1)[0], rng)
            sample = CopyPaste()(sample, HorizontalFlip(settings.flip_horizontal)(source, rng), rng)
        for change in (
            PhotometricDistortion(settings.photometric),
            HsvJitter(*settings.hsv),
            HorizontalFlip(settings.flip_horizontal),
            VerticalFlip(settings.flip_vertical),
        ):
            sample = change(sample, rng)
        return sample if self.last is None else self.last(sample, rng)

    def _single(self, position: int, rng: np.random.Generator) -> Sample:
        sample, affine, settings = self._read(position), self._affine(), self.settings
        if settings.zoom_out == 0 and settings.iou_crop == 0:
            return affine(sample, rng)
        frame = ZoomOut(settings.zoom_out, settings.zoom_out_largest).draw(sample.size, rng)
        window = IoUCrop(settings.iou_crop, settings.iou_crop_smallest).draw(sample, frame, rng)
        matrix = affine.draw(rng, self.canvas_size) @ window.to_canvas(self.canvas_size, self.fit)
        return window.show(sample, self.canvas_size, matrix)

    def _mosaic(self, position: int, rng: np.random.Generator) -> Sample:
        images = [self._read(index) for index in (position, *self._partners(rng, 3))]
        return Mosaic(self._affine())(images, rng)

    def _partners(self, rng: np.random.Generator, count: int) -> list[int]:
        if self.partners is not None:
            return self.partners(rng, count)
        drawn: list[int] = rng.integers(len(self.dataset), size=count).tolist()
        return drawn

    def _read(self, position: int) -> Sample:
        return trace(self.dataset[position], position)

    def _affine(self) -> RandomAffine:
        settings = self.settings
        return RandomAffine(
            self.canvas_size, settings.degrees, settings.translate, settings.scale, settings.shear, self.fit
        )
