"""Whether the outlines of a whole part look as if they were written in another unit than pixels."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from boxwright.data.faults import Fault, FaultList
from boxwright.data.formats.written_boxes import BoxForm, WrittenBoxes


def _boxes() -> WrittenBoxes:
    return WrittenBoxes(BoxForm("pixels", "xyxy"), word="outlines", orders=("xyxy", "yxyx"))


@dataclass
class WrittenOutlines:
    """The outlines of one part as they are written, before one of them is refused or clipped.

    Args:
        boxes: Around each of them.
    """

    boxes: WrittenBoxes = field(default_factory=_boxes)

    def add(self, found: Any, size: tuple[int, int]) -> None:
        """Takes a segmentation, if it has rings.

        Args:
            found: In COCO's form, as it was parsed.
            size: Height and width of its image.
        """
        if not isinstance(found, list | tuple) or not found:
            return
        try:
            points = np.concatenate([np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in found])
        except (TypeError, ValueError, OverflowError):
            return
        if points.size and np.isfinite(points).all():
            self.boxes.add((*points.min(axis=0).tolist(), *points.max(axis=0).tolist()), size)

    def report(self, faults: FaultList, *, is_needed: bool) -> None:
        """Puts what the outlines look like, if these are no pixels, before all other faults.

        Args:
            faults: Of the part.
            is_needed: Whether every object needs a mask, so that nothing of the part can be used.
        """
        odd = self.boxes.oddity()
        if odd is not None:
            is_wrong = is_needed and odd.code == "box-form-wrong"
            code = "outline-form-wrong" if is_wrong else "outline-form"
            faults.faults.insert(0, Fault(code, faults.source, None, odd.message))
