"""What a data set offers to the loaders."""

from typing import Protocol, runtime_checkable

from boxwright.structures import GroundTruth, Sample


@runtime_checkable
class Dataset(Protocol):
    """Images with their objects, in original pixels, without any transform.

    Laws: reading a position twice gives equal samples; `dataset[i]` and `dataset.truth(i)` hold the same boxes,
    labels, ignore flags and origin, in the same order; a data set survives being sent to a worker process.
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
