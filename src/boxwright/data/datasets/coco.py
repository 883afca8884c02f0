"""COCO JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.data.datasets.annotation_table import AnnotationTable
from boxwright.data.datasets.coco_document import read_document
from boxwright.data.datasets.fault_list import OnBad
from boxwright.data.images import as_tensor, read_image
from boxwright.errors import DataError
from boxwright.structures import GroundTruth, Sample


@dataclass(frozen=True, slots=True)
class CocoDataset:
    """Images and boxes of one COCO JSON file.

    Labels are the positions of the category ids in ascending order, so gaps in the ids do not matter. Objects with
    `iscrowd` 1 are ignored regions. Images without objects stay, as background. Boxes that reach over the edge of
    their image are clipped to it, which `warnings` counts.

    Args:
        categories: Class names by label.
        category_ids: Ids of the file by label.
        table: All images and objects.
        skipped: What was left out, one message each; empty unless read with `on_bad="skip"`.
        warnings: What was changed.
    """

    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    table: AnnotationTable
    skipped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_files(cls, annotations: str | Path, images: str | Path, *, on_bad: OnBad = "error") -> "CocoDataset":
        """Reads an annotation file and checks all of it.

        Args:
            annotations: The JSON file.
            images: The folder that its file names are relative to; no file name may lead out of it.
            on_bad: "error" raises one report of all faults; "skip" leaves faulty images and boxes out, logs them
                and keeps the messages in `skipped`. Faults: a box without a side of positive length or with
                numbers that are not finite, a box outside its image, an unknown image or category id, a missing
                image file, an image id used twice, and a missing key.

        Raises:
            DataError: The file is not COCO JSON, or it has faults.
        """
        source = Path(annotations)
        return cls.from_document(load_json(source), source, images, on_bad=on_bad)

    @classmethod
    def from_document(
        cls, document: dict[str, Any], source: Path, images: str | Path, *, on_bad: OnBad = "error"
    ) -> "CocoDataset":
        """Reads annotations that are already parsed.

        Args:
            document: The parsed JSON.
            source: What to call it in messages.
            images: The folder that its file names are relative to.
            on_bad: As for `from_files`.
        """
        reading = read_document(document, str(source), Path(images))
        skipped = reading.faults.settle(on_bad)
        if not len(reading.table):
            raise DataError(f"{source} has no usable image. Add images, or point to another file.")
        return cls(reading.categories, reading.category_ids, reading.table, skipped, reading.warnings)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.table)

    def __getitem__(self, position: int) -> Sample:
        """Decodes one image."""
        truth = self.truth(position)
        assert truth.origin.path is not None
        image = as_tensor(read_image(truth.origin.path, truth.origin.size))
        return Sample(image, truth.boxes, truth.labels, truth.ignore, truth.origin)

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image without decoding it."""
        return self.table.truth(position)


def load_json(source: Path) -> dict[str, Any]:
    """Parses a COCO file and checks that it has the three lists.

    Args:
        source: The JSON file.

    Raises:
        DataError: The file cannot be read, is not JSON, or lacks `images`, `annotations` or `categories`.
    """
    try:
        document = json.loads(source.read_bytes())
    except OSError as error:
        raise DataError(
            f"{source}: the annotation file cannot be opened ({error.strerror}). Check the path."
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            f"{source} is not readable as JSON: {error}. Export the annotations again as COCO JSON."
        ) from error
    keys = ("images", "annotations", "categories")
    lacking = [key for key in keys if not isinstance(document, dict) or not isinstance(document.get(key), list)]
    if lacking:
        found = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise DataError(
            f"{source} is not COCO detection JSON: no list under {', '.join(map(repr, lacking))}; found {found}. "
            "Export the annotations again as COCO JSON, or point to the file that has the boxes."
        )
    return dict(document)
