"""COCO JSON."""

from pathlib import Path
from typing import Any

from boxwright.data.faults import OnBad
from boxwright.data.formats.coco.document import read_document
from boxwright.data.formats.coco.plain_entries import Entries
from boxwright.data.formats.file_kind import looks_like
from boxwright.data.formats.json_file import parse_json
from boxwright.data.formats.json_stream import stream_json
from boxwright.data.formats.table_dataset import TableDataset
from boxwright.data.reading_limits import DEFAULT_LIMITS, ReadingLimits
from boxwright.errors import DataError


def read_coco(
    annotations: str | Path,
    images: str | Path,
    *,
    on_bad: OnBad = "error",
    limits: ReadingLimits | None = None,
) -> TableDataset:
    """Reads an annotation file and checks all of it.

    Labels are the positions of the category ids in ascending order, so gaps in the ids do not matter. Objects with
    `iscrowd` 1 are ignored regions. Boxes that reach over the edge of their image are clipped to it, with a warning.

    Args:
        annotations: The JSON file.
        images: The folder that its file names are relative to; no file name may lead out of it.
        on_bad: As for `TableDataset.from_reading`.
        limits: What is refused.

    Raises:
        DataError: The file is not COCO JSON, or it has faults.
    """
    source = Path(annotations)
    rules = limits or DEFAULT_LIMITS
    reading = read_document(load_json(source, rules), str(source), Path(images), rules)
    return TableDataset.from_reading(reading, on_bad=on_bad, limits=rules)


def load_json(source: Path, limits: ReadingLimits = DEFAULT_LIMITS) -> dict[str, Any]:
    """Parses a COCO file and checks that it has the three lists; annotations are `Entries` in place of one.

    Args:
        source: The JSON file.
        limits: Say whether masks are wanted.

    Raises:
        DataError: The file cannot be read, is not JSON, or lacks `images`, `annotations` or `categories`.
    """
    try:
        entries = Entries(keeps_masks=limits.masks != "none")
        document = stream_json(source, {"annotations": entries.take})
        if document is None:
            document = parse_json(source.read_bytes())
        elif "annotations" in document:
            return _with_three_lists(document | {"annotations": entries}, source)
    except OSError as error:
        raise DataError(
            f"{source}: the annotation file cannot be opened ({error.strerror}). Check the path."
        ) from error
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits, and endless brackets
        kind = looks_like(source.read_bytes()[:200])
        seen = "" if kind in (None, "JSON") else f"; it looks like {kind}"
        raise DataError(
            f"{source} is not readable as JSON: {error}{seen}. Export the annotations again as COCO JSON."
        ) from error
    return _with_three_lists(document, source)


def _with_three_lists(document: Any, source: Path) -> dict[str, Any]:
    keys = ("images", "annotations", "categories")
    lacking = [
        key for key in keys if not isinstance(document, dict) or not isinstance(document.get(key), list | Entries)
    ]
    if lacking:
        found = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise DataError(
            f"{source} is not COCO detection JSON: no list under {', '.join(map(repr, lacking))}; found {found}. "
            "Export the annotations again as COCO JSON, or point to the file that has the boxes."
        )
    return dict(document)
