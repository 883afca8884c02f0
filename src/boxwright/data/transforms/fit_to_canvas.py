"""The letterbox as a transform."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.transforms.affine_map import letterboxing
from boxwright.data.transforms.composition import FILL
from boxwright.data.transforms.mask_warp import warp_masks
from boxwright.geometry.letterbox import Fit, fit_letterbox, resized_size
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class FitToCanvas:
    """Puts the whole image into the canvas and remembers the way back in the origin.

    Shrinking averages areas, enlarging is bilinear; the border is grey.

    Args:
        canvas_size: Height and width in pixels.
        enlarge: Whether a small image is scaled up to fill the canvas.
        fit: Where the image lies.
    """

    canvas_size: tuple[int, int]
    enlarge: bool = True
    fit: Fit = "centre"

    def __call__(self, sample: Sample, rng: np.random.Generator | None = None) -> Sample:
        """Fits one sample; nothing is random."""
        letterbox = fit_letterbox(sample.size, self.canvas_size, enlarge=self.enlarge, fit=self.fit)
        height, width = resized_size(letterbox, sample.size)
        pixels = as_pixels(sample.image)
        if (height, width) != sample.size:
            shrinks = height < sample.size[0] or width < sample.size[1]
            method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=method), dtype=np.uint8)
        canvas = np.full((*self.canvas_size, 3), FILL, np.uint8)
        top, left = (int(side) for side in letterbox.pad)
        canvas[top : top + height, left : left + width] = pixels
        origin = replace(sample.origin, letterbox=letterbox)
        masks = None if sample.masks is None else warp_masks(sample.masks, letterboxing(letterbox), self.canvas_size)
        boxes = letterbox.to_canvas(sample.boxes)
        return replace(sample, image=as_tensor(canvas), boxes=boxes, origin=origin, masks=masks)
