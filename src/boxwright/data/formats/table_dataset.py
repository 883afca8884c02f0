"""The data set that every annotation format is read into."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from boxwright.data.dataset import place_of
from boxwright.data.faults import Fault, FaultList, OnBad
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.required_masks import ignoring_lack
from boxwright.data.images.encoded_images import EncodedImages, Shards
from boxwright.data.images.image_windows import ImageWindows
from boxwright.data.images.reading import as_tensor, decode_image, read_image
from boxwright.data.images.tiff_windows import open_tiff
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError
from boxwright.structures import GroundTruth, Sample


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of annotation files, before anybody decides what to do about faults.

    Args:
        source: What was read, for messages.
        categories: Class names by label.
        category_ids: Ids of the file by label, ascending.
        table: The sound images and objects.
        faults: What is not sound and is not in the table (errors), and what was changed or is odd (warnings).
        row_word: What the references of the table are: "annotation" (ids), "line" or "object" (numbers).
        annotation_files: The file of each image, or nothing if all are in the source.
        has_ids: Whether the references of the table are ids that are worth keeping.
        unread: What the files hold that boxwright does not read.
        images: Where the images are, if not at their paths.
    """

    source: str
    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    table: AnnotationTable
    faults: FaultList
    row_word: str = "annotation"
    annotation_files: Sequence[str] = ()
    has_ids: bool = True
    unread: Losses = field(default_factory=Losses)
    images: EncodedImages | None = None


@dataclass(frozen=True, slots=True)
class TableDataset:
    """Images and their objects, whatever format they were written in.

    Images without objects stay, as background. Crowds (COCO) and difficult objects (VOC) are ignored regions.

    Args:
        categories: Class names by label.
        category_ids: Ids of the file by label.
        table: All images and objects.
        faults: What was left out (errors, only with `on_bad="skip"`), and what was changed or is odd (warnings).
        limits: For the images.
        images: Where these are, if not at their paths.
    """

    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    table: AnnotationTable
    faults: tuple[Fault, ...] = ()
    limits: ReadingLimits = DEFAULT_LIMITS
    images: EncodedImages | None = None

    @classmethod
    def from_reading(
        cls, reading: Reading, *, on_bad: OnBad = "error", limits: ReadingLimits | None = None
    ) -> "TableDataset":
        """Decides what becomes of the faults.

        Args:
            reading: What was read.
            on_bad: "error" raises one report of all faults; "skip" leaves faulty images and objects out, logs them
                and keeps them in `faults`. Where every object needs a mask, one without is an ignored region then.
            limits: For the images.

        Raises:
            DataError: There are faults and they may not be skipped, or no image is left.
        """
        faults = reading.faults.settle(on_bad)
        if not len(reading.table):
            raise DataError(f"{reading.source} has no usable image. Add images, or point to another file.")
        rules = limits or DEFAULT_LIMITS
        table = ignoring_lack(reading.table, reading.source) if rules.masks == "required" else reading.table
        return cls(reading.categories, reading.category_ids, table, faults, rules, reading.images)

    @property
    def skipped(self) -> tuple[str, ...]:
        """What was left out, one message each."""
        return tuple(str(fault) for fault in self.faults if fault.severity == "error")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was changed or is odd, one message each."""
        return tuple(str(fault) for fault in self.faults if fault.severity == "warning")

    @property
    def shards(self) -> Shards | None:
        """The files that hold the images, where one holds many."""
        return None if self.images is None else self.images.shards

    def __len__(self) -> int:
        """Number of images."""
        return len(self.table)

    def __getitem__(self, position: int) -> Sample:
        """Decodes one image."""
        place = place_of(position, len(self))
        truth = self.truth(place)
        path, size = truth.origin.path, truth.origin.size
        assert path is not None
        if self.images is None:
            image = as_tensor(read_image(path, size, self.limits))
        else:
            name = f"{self.images.name(place)}, {path}"
            image = as_tensor(decode_image(self.images.read(place), name, size, self.limits))
        return Sample(image, truth.boxes, truth.labels, truth.ignore, truth.origin, truth.masks)

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image without decoding it."""
        return self.table.truth(position)

    def open_windows(self, position: int) -> ImageWindows | None:
        """Opens one image to read it in parts; None if its file has to be decoded as a whole."""
        if self.images is not None:
            return None
        place = place_of(position, len(self))
        height, width = self.table.sizes[place].tolist()
        return open_tiff(self.table.path(place), (height, width), self.limits)
