"""The files of VIA 1 and 2, as one list of images with regions."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.data.formats.json_file import read_json
from boxwright.errors import DataError

CSV_HEADER = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
"""The first line of an export as CSV."""


@dataclass(frozen=True, slots=True)
class ViaImage:
    """One image.

    Args:
        filename: As written.
        regions: Each a dictionary of `shape_attributes` and `region_attributes`, unless the file is broken.
        attributes: Of the image.
    """

    filename: str
    regions: list[Any]
    attributes: Any


def read_via_document(path: Path) -> list[ViaImage]:
    """Reads a project, or exported annotations, as JSON or CSV.

    Args:
        path: The file.

    Raises:
        DataError: It cannot be read.
    """
    if path.suffix.lower() == ".csv":
        return list(_rows(path))
    content = read_json(path)
    entries = content.get("_via_img_metadata", content) if isinstance(content, dict) else None
    if not isinstance(entries, dict):
        raise DataError(f"{path} has no images as VIA writes them. Export the annotations again.")
    return [_image(entry) for key, entry in entries.items() if isinstance(entry, dict) and not key.startswith("_via_")]


def _image(entry: dict[str, Any]) -> ViaImage:
    regions = entry.get("regions")
    listed = list(regions.values()) if isinstance(regions, dict) else regions if isinstance(regions, list) else []
    return ViaImage(str(entry.get("filename") or ""), listed, entry.get("file_attributes"))


def _rows(path: Path) -> Iterator[ViaImage]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            found: dict[str, ViaImage] = {}
            for row in csv.DictReader(file):
                name = row.get("filename") or ""
                image = found.setdefault(name, ViaImage(name, [], _parsed(row.get("file_attributes"))))
                shape = _parsed(row.get("region_shape_attributes"))
                if shape:
                    image.regions.append(
                        {"shape_attributes": shape, "region_attributes": _parsed(row.get("region_attributes"))}
                    )
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as CSV of VIA: {error}. Export the annotations again.") from error
    yield from found.values()


def _parsed(text: str | None) -> Any:
    return json.loads(text) if text else {}
