"""COCO annotations as columns, as long as nothing about them is out of the ordinary."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.data.formats.coco.packed_values import PackedValues

_KEYS = ("id", "image_id", "category_id", "bbox")
_LARGEST = 1e12  # of what counts as a finite number in a COCO file


@dataclass(frozen=True, slots=True)
class PlainEntries:
    """Some annotations, whose ids are whole numbers and whose boxes are four finite ones.

    An annotation takes 64 bytes here, and ten times as many as a dictionary.

    Args:
        ids: Of the annotations.
        image_ids: Of their images.
        category_ids: Of their categories.
        boxes: As they are written.
        is_whole: Which of these numbers are written without a point.
        areas: As they are written, not a number where there is none.
        crowds: Whether they are crowds.
        masks: What is under "segmentation", None if nothing; left out where masks are not wanted.
    """

    ids: Int64[np.ndarray, "entries"]
    image_ids: Int64[np.ndarray, "entries"]
    category_ids: Int64[np.ndarray, "entries"]
    boxes: Float64[np.ndarray, "entries 4"]
    is_whole: Bool[np.ndarray, "entries 4"]
    areas: Float64[np.ndarray, "entries"]
    crowds: Bool[np.ndarray, "entries"]
    masks: PackedValues | None = None

    @classmethod
    def of(cls, entries: list[Any], *, keeps_masks: bool = False) -> "PlainEntries | None":
        """Takes annotations; None if there is one among them that is not plain.

        Args:
            entries: As parsed.
            keeps_masks: Whether masks are wanted.
        """
        try:
            ids, images, categories, boxes = ([entry[key] for entry in entries] for key in _KEYS)
            areas = [entry.get("area") for entry in entries]
            crowds = [entry.get("iscrowd", 0) for entry in entries]
        except (KeyError, TypeError, AttributeError, IndexError):
            return None
        if not (_types(ids) | _types(images) | _types(categories) | _types(crowds) <= {int}):
            return None
        if not (_types(boxes) <= {list} and set(map(len, boxes)) <= {4} and _types(areas) <= {int, float, type(None)}):
            return None
        numbers = list(chain.from_iterable(boxes))
        kinds = list(map(type, numbers))
        if not (set(kinds) <= {int, float} and set(crowds) <= {0, 1}):
            return None
        try:
            whole = [np.array(each, dtype=np.int64) for each in (ids, images, categories)]
            found = cls(
                whole[0],
                whole[1],
                whole[2],
                np.array(numbers, dtype=np.float64).reshape(-1, 4),
                np.array([kind is int for kind in kinds], dtype=np.bool_).reshape(-1, 4),
                np.array(areas, dtype=np.float64),
                np.array(crowds, dtype=np.bool_),
                PackedValues.of([entry.get("segmentation") for entry in entries]) if keeps_masks else None,
            )
        except OverflowError:
            return None
        is_area = (found.areas > 0) & (found.areas < _LARGEST)
        is_area |= np.array([area is None for area in areas], dtype=np.bool_)
        is_plain = bool((np.abs(found.boxes) < _LARGEST).all()) and bool(is_area.all())
        return found if is_plain else None

    def __len__(self) -> int:
        """Number of annotations."""
        return len(self.ids)

    def entry(self, place: int) -> dict[str, Any]:
        """Writes an annotation as it was parsed, but for masks and keys that are not read.

        Args:
            place: Which.
        """
        box = [
            int(number) if is_whole else number
            for number, is_whole in zip(self.boxes[place].tolist(), self.is_whole[place].tolist(), strict=True)
        ]
        found: dict[str, Any] = {name: int(getattr(self, f"{name}s")[place]) for name in ("id", "image_id")}
        found |= {"category_id": int(self.category_ids[place]), "bbox": box, "iscrowd": int(self.crowds[place])}
        area = float(self.areas[place])
        return found if np.isnan(area) else found | {"area": area}

    def entries(self) -> Iterator[dict[str, Any]]:
        """Writes all annotations, with the masks that were kept."""
        written = map(self.entry, range(len(self)))
        if self.masks is None:
            yield from written
            return
        for entry, mask in zip(written, self.masks, strict=True):
            yield entry if mask is None else entry | {"segmentation": mask}


@dataclass
class Entries:
    """The annotations of a document, in groups: columns where all of a group are plain, else packed as parsed.

    Args:
        keeps_masks: Whether masks are wanted.
        groups: In the order of the file; of a document that was parsed as a whole, its list.
    """

    keeps_masks: bool = True
    groups: list[PlainEntries | PackedValues | list[Any]] = field(default_factory=list)

    @classmethod
    def of(cls, found: Any) -> "Entries":
        """Takes the annotations of a document in which they are a list, or were taken already.

        Args:
            found: What is under "annotations".
        """
        return found if isinstance(found, cls) else cls(groups=[found])

    def take(self, entries: list[Any]) -> None:
        """Takes the next annotations.

        Args:
            entries: As parsed.
        """
        plain = PlainEntries.of(entries, keeps_masks=self.keeps_masks)
        self.groups.append(PackedValues.of(entries) if plain is None else plain)

    def __len__(self) -> int:
        """Number of annotations."""
        return sum(map(len, self.groups))

    def __iter__(self) -> Iterator[Any]:
        """Gives them one by one, as parsed, those of columns without masks."""
        for group in self.groups:
            if isinstance(group, PlainEntries):
                yield from map(group.entry, range(len(group)))
            else:
                yield from group


def _types(values: list[Any]) -> set[type]:
    return set(map(type, values))
