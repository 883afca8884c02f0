"""What a data set offers to the loaders."""

from operator import index
from typing import Protocol, SupportsIndex, runtime_checkable

from boxwright.errors import counted
from boxwright.structures import GroundTruth, Sample


@runtime_checkable
class Dataset(Protocol):
    """Images with their objects, in original pixels, without any transform.

    Laws: reading a position twice gives equal samples; `dataset[i]` and `dataset.truth(i)` hold the same boxes,
    labels, ignore flags and origin, in the same order; positions from `-len()` to -1 count from the end, and others
    outside of the data set are an IndexError, so that a loop over it ends; a data set survives being sent to a worker
    process.
    """

    @property
    def categories(self) -> tuple[str, ...]:
        """Class names by label."""
        ...

    @property
    def category_ids(self) -> tuple[int, ...]:
        """Ids by label in the annotations, for instance those of a COCO file; they may have gaps."""
        ...

    def __len__(self) -> int:
        """Number of images, those without objects included."""
        ...

    def __getitem__(self, position: int) -> Sample:
        """Reads and decodes one image with its objects.

        Raises:
            DataError: The image cannot be read; the message names the file.
        """
        ...

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image without decoding it."""
        ...


def place_of(position: SupportsIndex, length: int) -> int:
    """Gives a position as one from 0, by the rule of lists.

    Args:
        position: 0 to `length - 1`; negative ones count from the end.
        length: Number of images.

    Raises:
        IndexError: There is no such image.
    """
    place = index(position)
    if not -length <= place < length:
        raise IndexError(f"The data set has {counted(length, 'image')}; there is no position {place}.")
    return place % length
