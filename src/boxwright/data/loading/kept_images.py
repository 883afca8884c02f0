"""A data set without its unusable images."""

from collections.abc import Sequence

import numpy as np

from boxwright.data.dataset import Dataset, place_of
from boxwright.data.faults import Fault
from boxwright.data.images.encoded_images import Shards, shards_of
from boxwright.data.images.image_windows import ImageWindows
from boxwright.structures import GroundTruth, Sample


class KeptImages:
    """Some images of a data set, in the same order.

    Args:
        dataset: The whole.
        positions: Which of its images are kept.
        faults: Why the others are not.
    """

    def __init__(self, dataset: Dataset, positions: Sequence[int], faults: Sequence[Fault] = ()) -> None:
        self.dataset, self.faults = dataset, tuple(faults)
        self._positions = np.array(positions, dtype=np.int64)

    @property
    def categories(self) -> tuple[str, ...]:
        """Class names by label."""
        return self.dataset.categories

    @property
    def category_ids(self) -> tuple[int, ...]:
        """Ids by label in the annotations."""
        return self.dataset.category_ids

    @property
    def skipped(self) -> tuple[str, ...]:
        """What was left out, one message each."""
        return tuple(str(fault) for fault in self.faults if fault.severity == "error")

    @property
    def shards(self) -> Shards | None:
        """The files that hold the images, where one holds many."""
        shards = shards_of(self.dataset)
        return None if shards is None else shards.take(self._positions)

    def __len__(self) -> int:
        """Number of images that are kept."""
        return len(self._positions)

    def __getitem__(self, position: int) -> Sample:
        """Decodes one image."""
        return self.dataset[self._kept(position)]

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image without decoding it."""
        return self.dataset.truth(self._kept(position))

    def open_windows(self, position: int) -> ImageWindows | None:
        """Opens one image to read it in parts, where the whole data set can."""
        opener = getattr(self.dataset, "open_windows", None)
        return None if opener is None else opener(self._kept(position))

    def _kept(self, position: int) -> int:
        return int(self._positions[place_of(position, len(self))])
