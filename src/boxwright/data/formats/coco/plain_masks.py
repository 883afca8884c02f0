"""The masks of plain COCO annotations, thousands at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import UnsoundError
from boxwright.data.formats.coco.plain_entries import PlainEntries
from boxwright.data.formats.coco.sound_objects import SoundObjects
from boxwright.data.formats.growing_segmentations import GrowingSegmentations
from boxwright.data.formats.object_mask import object_mask
from boxwright.data.formats.segmentations import Segmentation, Segmentations
from boxwright.data.formats.sure_outlines import SureOutlines
from boxwright.data.reading_limits import MaskDemand


class PlainMasks:
    """The masks of a group of annotations whose boxes are sound.

    Args:
        group: The annotations, with masks.
        columns: Their rows.
        sizes: Heights and widths of their images.
        names: Of their images, for messages.
        demand: What becomes of masks.
        faults: Takes what is wrong with them.
    """

    def __init__(
        self,
        group: PlainEntries,
        columns: np.ndarray,
        sizes: np.ndarray,
        names: Sequence[str],
        demand: MaskDemand,
        faults: FaultList,
    ) -> None:
        assert group.masks is not None
        self._found: list[Any] = list(group.masks)
        self._ids, self._columns, self._sizes, self._names = group.ids, columns, sizes, names
        self._demand, self._faults = demand, faults
        self._sure = SureOutlines.among(self._found, columns[:, 1:5], sizes, group.crowds)
        self._others: list[Segmentation] = []
        self.is_kept = np.ones(len(group), dtype=np.bool_)
        self.is_unsure: np.ndarray = ~self._sure.is_sure

    def judge(self, place: int) -> bool:
        """Judges the mask of an object that is not sure; objects come in their order.

        Args:
            place: Of the object.

        Returns:
            Whether the object stays.
        """
        where = f"annotation {int(self._ids[place])}"
        corners, height_width = self._columns[place, 1:5].tolist(), self._sizes[place].tolist()
        try:
            mask = object_mask(
                self._found[place],
                (corners[0], corners[1], corners[2], corners[3]),
                (height_width[0], height_width[1]),
                self._demand,
                lambda code, message: self._faults.add(code, where, message),
                shown=f"in {self._names[int(self._columns[place, 0])]}",
                is_ignored=bool(self._columns[place, 6]),
            )
        except UnsoundError as reason:
            self._faults.add(reason.code, where, reason.message, cure=reason.cure)
            self.is_kept[place] = False
            return False
        self._others.append(mask)
        return True

    def hand_over(self, objects: SoundObjects) -> None:
        """Adds outlines and masks, in the order of the objects, when all that are not sure are judged.

        Args:
            objects: Takes them.
        """
        sure = self._sure
        objects.outlines.boxes.numbers.frombytes(sure.bounds.tobytes())
        objects.outlines.boxes.sizes.frombytes(self._sizes[sure.is_sure].tobytes())
        for place in np.flatnonzero(self.is_unsure).tolist():
            objects.outlines.add(self._found[place], (int(self._sizes[place, 0]), int(self._sizes[place, 1])))
        if self._demand == "judged":
            return
        if sure.is_sure.all():
            objects.segmentations.extend(sure.segmentations)
            return
        both = GrowingSegmentations()
        both.extend(sure.segmentations)
        both.extend(Segmentations.from_raw(self._others))
        is_other = self.is_kept & self.is_unsure
        order = np.where(is_other, is_other.cumsum() - 1 + len(sure.segmentations), sure.is_sure.cumsum() - 1)
        objects.segmentations.extend(both.finished().take(order[self.is_kept]))
