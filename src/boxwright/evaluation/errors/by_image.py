"""Which images have the most errors."""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boxwright.errors import counted
from boxwright.evaluation.errors.detection_error import KINDS
from boxwright.evaluation.errors.error_table import write_table
from boxwright.evaluation.errors.search import ErrorSurvey
from boxwright.lettering.visible import visible
from boxwright.structures import GroundTruth
from boxwright.writing.table_cell import table_cell

HEAD = ("file", "image_id", "objects", "errors", *KINDS)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class ImageErrors:
    """The errors of one image.

    Args:
        file: Its name.
        image_id: Its id.
        objects: That are to be found in it.
        counts: Number of errors by kind, of those that there are.
    """

    file: str
    image_id: int
    objects: int
    counts: Counter[str]


def errors_by_image(survey: ErrorSurvey, truths: Sequence[GroundTruth]) -> list[ImageErrors]:
    """Counts the errors of every image, those with the most first.

    Args:
        survey: The errors.
        truths: Of all images.
    """
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for error in survey.errors:
        counts[error.image_id][error.kind] += 1
    rows = [
        ImageErrors(truth.origin.name, truth.origin.image_id, int((~truth.ignore).sum()), counts[truth.origin.image_id])
        for truth in truths
    ]
    return sorted(rows, key=lambda row: -row.counts.total())


def write_images(rows: Sequence[ImageErrors], path: Path) -> None:
    """Writes a row for every image.

    Args:
        rows: In this order.
        path: Where to; a file that is there is replaced.
    """
    cells = (
        (table_cell(visible(row.file)), row.image_id, row.objects, row.counts.total(), *(row.counts[k] for k in KINDS))
        for row in rows
    )
    write_table(path, HEAD, cells)


def said_of_errors(survey: ErrorSurvey) -> str:
    """Counts the errors, and names the images that have the most, a line each.

    Args:
        survey: The errors.
    """
    files = {error.image_id: error.file for error in survey.errors}
    folders = {os.path.dirname(file) for file in files.values()}
    folder = f"{next(iter(folders))}{os.sep}" if len(folders) == 1 and folders != {""} else ""
    lines = [survey.line]
    for image_id, number in survey.per_image.most_common(SHOWN):
        counts = Counter(error.kind for error in survey.errors if error.image_id == image_id)
        kinds = ", ".join(f"{kind} {counts[kind]}" for kind in KINDS if counts[kind])
        lines.append(f"  {visible(files[image_id].removeprefix(folder))}: {counted(number, 'error')} ({kinds})")
    head = [f"images with most errors, in {folder.rstrip(os.sep)}:" if folder else "images with most errors:"]
    return "\n".join([lines[0], *(head if len(lines) > 1 else []), *lines[1:]])
