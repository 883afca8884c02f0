"""Part of the image, chosen by how much of an object it must hold."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from boxwright.data.transforms.window import Window, whole
from boxwright.structures import Sample

Array = npt.NDArray[np.float64]

_LEAST_IOUS: tuple[float | None, ...] = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, None)  # None: the whole
_TRIALS = 40


@dataclass(frozen=True, slots=True)
class IoUCrop:
    """Cuts out a window that overlaps an object by at least an IoU drawn from 0, 0.1, 0.3, 0.5, 0.7, 0.9; or nothing.

    The sides of the window are drawn evenly from `smallest` to 1 times those of what is there, with an aspect ratio
    between ½ and 2. At least one object must have its centre inside, and one of these the IoU; after 40 windows that
    fail, another IoU is drawn. Objects whose centre is outside are dropped; ignored regions never are, and never count.
    An image without objects is left whole.

    Source: SSD, Liu et al. 2016, sec. 2.2, "data augmentation".

    Args:
        probability: That any of this is done, 0 to 1; "nothing" is one of the seven choices besides.
        smallest: Least share of a side.
    """

    probability: float = 1.0
    smallest: float = 0.3

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Cuts the sample, in pixels of the image, or returns it as it is."""
        window = self.draw(sample, whole(sample.size), rng)
        if window == whole(sample.size):
            return sample
        return window.show(sample, window.size, window.to_canvas(window.size))

    def draw(self, sample: Sample, within: Window, rng: np.random.Generator) -> Window:
        """Draws the window.

        Args:
            sample: The image and its objects.
            within: What there is to cut from.
            rng: The source of randomness.
        """
        if rng.random() >= self.probability or bool(sample.ignore.all()):
            return within
        boxes = sample.boxes[~sample.ignore].double().numpy()
        while (least := _LEAST_IOUS[int(rng.integers(len(_LEAST_IOUS)))]) is not None:
            windows = self._some_windows(within, rng)
            found = _hold_enough(windows, boxes, least).nonzero()[0]
            if len(found):
                left, top, right, bottom = (int(side) for side in windows[found[0]])
                return Window(left, top, (bottom - top, right - left))
        return within

    def _some_windows(self, within: Window, rng: np.random.Generator) -> Array:
        """Draws windows as xyxy in whole pixels, without those of an extreme shape."""
        far = np.array(within.size[::-1])
        sizes = np.floor(far * rng.uniform(self.smallest, 1, (_TRIALS, 2)))
        corner = np.floor((far - sizes + 1) * rng.uniform(0, 1, (_TRIALS, 2))) + np.array((within.left, within.top))
        is_compact = (sizes.max(axis=1) <= 2 * sizes.min(axis=1)) & (sizes.min(axis=1) > 0)
        compact: Array = np.concatenate((corner, corner + sizes), axis=1)[is_compact]
        return compact


def _hold_enough(windows: Array, boxes: Array, least_iou: float) -> npt.NDArray[np.bool_]:
    """Says which windows hold the centre of a box that they overlap enough."""
    near, far = windows[:, None, :2], windows[:, None, 2:]
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    common = (np.minimum(far, boxes[:, 2:]) - np.maximum(near, boxes[:, :2])).clip(0).prod(axis=2)
    union = (far - near).prod(axis=2) + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - common
    inside = ((centre > near) & (centre < far)).all(axis=2)
    held: npt.NDArray[np.bool_] = (inside & (common >= least_iou * union)).any(axis=1)
    return held
