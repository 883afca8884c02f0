"""What the writers of all formats are given."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.layout import Split
from boxwright.data.formats.segmentations import Segmentation


@dataclass(frozen=True, slots=True)
class Part:
    """One split of the data set that is written.

    Args:
        split: Its name.
        table: Images and objects.
        categories: Class names by label.
        category_ids: Ids by label.
        names: File name of each image at the destination, without folder.
        has_ids: Whether the references of the table are ids that are worth keeping.
    """

    split: Split
    table: AnnotationTable
    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    names: tuple[str, ...]
    has_ids: bool

    def path(self, position: int) -> str:
        """Gives the file of an image at the source."""
        return self.table.path(position)

    def size(self, position: int) -> tuple[int, int]:
        """Gives height and width of an image."""
        height, width = self.table.sizes[position].tolist()
        return height, width

    def rows(self, position: int) -> range:
        """Gives the rows of the table that are objects of an image."""
        return range(int(self.table.offsets[position]), int(self.table.offsets[position + 1]))

    def mask(self, row: int, size: tuple[int, int]) -> Segmentation:
        """Gives the mask of an object as it was written."""
        return None if self.table.segmentations is None else self.table.segmentations.raw(row, size)


def decimals(values: np.ndarray) -> list[Decimal]:
    """Writes 32-bit numbers as the shortest decimals that stand for them.

    Args:
        values: A row.
    """
    return [Decimal(str(value)) for value in values.astype(np.float32)]


def number(value: Decimal | float) -> int | float:
    """Writes a whole number without a point.

    Args:
        value: Any.
    """
    return int(value) if value == int(value) else float(value)
