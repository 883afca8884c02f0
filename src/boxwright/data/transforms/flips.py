"""Mirror images."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.transforms.mask_warp import mirror_masks
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class HorizontalFlip:
    """Swaps left and right with a probability.

    Args:
        probability: 0 to 1.
    """

    probability: float = 0.5

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Flips the sample or returns it as it is."""
        return _mirrored(sample, axis=0) if rng.random() < self.probability else sample


@dataclass(frozen=True, slots=True)
class VerticalFlip:
    """Swaps top and bottom with a probability.

    Args:
        probability: 0 to 1.
    """

    probability: float = 0.5

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Flips the sample or returns it as it is."""
        return _mirrored(sample, axis=1) if rng.random() < self.probability else sample


def _mirrored(sample: Sample, axis: int) -> Sample:
    """Mirrors along x (axis 0) or y (axis 1).

    The letterbox is dropped from the origin: it has no mirror, so there is no way back to original pixels.
    """
    pixels = np.asarray(cv2.flip(as_pixels(sample.image), 1 - axis), dtype=np.uint8)
    side = sample.size[1 - axis]
    boxes = sample.boxes.clone()
    boxes[:, axis] = side - sample.boxes[:, axis + 2]
    boxes[:, axis + 2] = side - sample.boxes[:, axis]
    masks = None if sample.masks is None else mirror_masks(sample.masks, axis)
    origin = replace(sample.origin, letterbox=None)
    return replace(sample, image=as_tensor(pixels), boxes=boxes, origin=origin, masks=masks)
