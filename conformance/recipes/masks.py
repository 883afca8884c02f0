"""Cases of masks cut to boxes."""

import numpy as np

from conformance.case import Case
from conformance.recipes.drawing import SMOOTH, drawn, written
from conformance.reference.masks import crop


def cases() -> list[Case]:
    """Gives the cases of the section."""
    masks = drawn(307, (5, 12, 16), 0.25, 1, 1 / 64)
    boxes = np.array(
        [[2, 3, 9, 8], [2.5, 3.25, 9.5, 8.75], [-3, -2, 5, 4], [10, 6, 40, 30], [7.25, 5.5, 7.75, 5.75]],
        dtype=np.float32,
    )
    value = [crop(mask, box) for mask, box in zip(masks.astype(np.float64), boxes.tolist(), strict=True)]
    words = (
        "A pixel is kept if x1 ≤ column < x2 and y1 ≤ row < y2, with whole indices and no half pixel; others are 0. "
        "The "
        "last box lies between pixels and keeps none.",
        "Bolya et al. 2019, section 3.2",
        "One row or column too many: ≤ x2. Off by one for broken edges: edges rounded, or half a pixel added.",
    )
    inputs = {"masks": masks, "boxes": boxes}
    return [Case("masks", "mask_crop", "mask_crop", *words, inputs, {}, {"value": written(value)}, {"value": SMOOTH})]
