"""Reading COCO annotations that are plain, thousands at a time."""

from collections.abc import Mapping, Sequence

import numpy as np

from boxwright.data.faults import FaultList
from boxwright.data.formats.box_check import EDGE_TOLERANCE
from boxwright.data.formats.coco.plain_entries import PlainEntries
from boxwright.data.formats.coco.plain_masks import PlainMasks
from boxwright.data.formats.coco.sound_objects import SoundObjects
from boxwright.data.reading_limits import MaskDemand


class PlainObjects:
    """Turns annotations into rows of a table, where all boxes of a group are sound.

    The rows are those that are made of them one by one, to the last bit; that is shown by a test.

    Args:
        positions: Of the sound images, by id.
        sizes: Their heights and widths.
        names: Their names, for messages.
        label_of: Class index by category id.
        demand: What becomes of masks.
    """

    def __init__(
        self,
        positions: Mapping[int | str, int],
        sizes: Sequence[tuple[int, int]],
        names: Sequence[str],
        label_of: Mapping[int, int],
        demand: MaskDemand = "none",
    ) -> None:
        whole = {each: place for each, place in positions.items() if isinstance(each, int) and abs(each) < 2**63}
        self._images = _Table(whole)
        self._labels = _Table({each: label for each, label in label_of.items() if abs(each) < 2**63})
        self._sizes = np.array(sizes, dtype=np.int64).reshape(-1, 2)
        self._names, self._demand = names, demand

    def add(self, group: PlainEntries, objects: SoundObjects, faults: FaultList) -> bool:
        """Adds the objects of a group; those with an unsound mask are left out if masks are wanted.

        Args:
            group: The annotations.
            objects: Takes them.
            faults: Takes which boxes were clipped, and what is wrong with masks.

        Returns:
            Whether all boxes are sound; if not, nothing is added.
        """
        image, has_image = self._images.find(group.image_ids)
        label, has_label = self._labels.find(group.category_ids)
        if not (has_image and has_label):
            return False
        sizes = self._sizes[image]
        low, high = group.boxes[:, :2], group.boxes[:, :2] + group.boxes[:, 2:]
        corners = np.concatenate((low, high), axis=1)
        kept = np.concatenate((np.maximum(low, 0.0), np.minimum(high, sizes[:, ::-1])), axis=1)
        if not bool((high > low).all()) or not bool((kept[:, 2:] > kept[:, :2]).all()):
            return False
        area = np.where(np.isnan(group.areas), group.boxes[:, 2] * group.boxes[:, 3], group.areas)
        columns = np.column_stack((image, kept, label, group.crowds, area)).astype(np.float64)
        is_clipped = np.abs(kept - corners).max(axis=1, initial=0) > EDGE_TOLERANCE
        references = np.where(group.ids > -(2**63), group.ids, -1)
        masks = None
        if self._demand != "none":
            masks = PlainMasks(group, columns, sizes, self._names, self._demand, faults)
        for place in np.flatnonzero(is_clipped if masks is None else is_clipped | masks.is_unsure).tolist():
            if masks is not None and masks.is_unsure[place] and not masks.judge(place):
                continue
            if is_clipped[place]:
                entry, name = group.entry(place), self._names[int(image[place])]
                faults.add("box-clipped", f"annotation {entry['id']}", f"in {name}: bbox {entry['bbox']!r}")
        if masks is not None:
            masks.hand_over(objects)
            columns, references = columns[masks.is_kept], references[masks.is_kept]
        objects.rows.frombytes(columns.tobytes())
        objects.references.frombytes(references.tobytes())
        objects.written.numbers.frombytes(group.boxes.tobytes())
        objects.written.sizes.frombytes(sizes.tobytes())
        return True


class _Table:
    """Numbers by whole numbers, looked up many at a time."""

    def __init__(self, known: Mapping[int, int]) -> None:
        keys = np.fromiter(known.keys(), np.int64, len(known))
        order = np.argsort(keys, kind="stable")
        self._keys, self._values = keys[order], np.fromiter(known.values(), np.int64, len(known))[order]

    def find(self, wanted: np.ndarray) -> tuple[np.ndarray, bool]:
        """Gives the numbers, and whether all are known."""
        if not len(self._keys):
            return wanted, not len(wanted)
        places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        return self._values[places], bool((self._keys[places] == wanted).all())
