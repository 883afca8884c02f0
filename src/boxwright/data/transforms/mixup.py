"""Two pictures in one."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.transforms.tracing import traces
from boxwright.errors import ShapeError
from boxwright.structures import InstanceMasks, Sample


@dataclass(frozen=True, slots=True)
class MixUp:
    """Blends two samples of one size; the result has the objects of both.

    The share of the first is drawn from Beta(concentration, concentration), so it is near one half.

    Source: Zhang et al., mixup: Beyond Empirical Risk Minimization (2018), eq. 1, in the form that the YOLO
    recipes use for detection: objects are kept whole instead of being weighted.

    Args:
        concentration: The larger, the nearer to one half.
    """

    concentration: float = 32.0

    def __call__(self, sample: Sample, other: Sample, rng: np.random.Generator) -> Sample:
        """Blends the second sample into the first, whose origin is kept without its letterbox.

        Raises:
            ShapeError: The sizes differ, or only one sample has masks.
        """
        if sample.size != other.size:
            raise ShapeError(f"Mixup needs images of one size; found {sample.size} and {other.size}. Fit them first.")
        if (sample.masks is None) != (other.masks is None):
            raise ShapeError(
                f"Mixup needs masks of both images or of none; only one of {sample.origin.name} and "
                f"{other.origin.name} has them. Open all data with masks, or none."
            )
        share = rng.beta(self.concentration, self.concentration)
        pixels = cv2.addWeighted(as_pixels(sample.image), share, as_pixels(other.image), 1 - share, 0)
        masks = None
        if sample.masks is not None and other.masks is not None:
            masks = InstanceMasks.concatenate((sample.masks, other.masks))
        return replace(
            sample,
            image=as_tensor(np.asarray(pixels, dtype=np.uint8)),
            boxes=torch.cat((sample.boxes, other.boxes)),
            labels=torch.cat((sample.labels, other.labels)),
            ignore=torch.cat((sample.ignore, other.ignore)),
            origin=replace(sample.origin, letterbox=None, mixed_with=sample.origin.mixed_with + other.origin.all_names),
            masks=masks,
            annotation=traces((sample, other)),
        )
