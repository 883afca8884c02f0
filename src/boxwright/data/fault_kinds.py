"""The catalogue of what can be wrong with a data set."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault.

    Args:
        severity: "error" if the image or object cannot be used, "warning" if it is used all the same.
        title: What is wrong, in the plural.
        cure: What to do about one of them.
    """

    severity: Severity
    title: str
    cure: str


def _error(title: str, cure: str) -> FaultKind:
    return FaultKind("error", title, cure)


def _warning(title: str, cure: str) -> FaultKind:
    return FaultKind("warning", title, cure)


FAULT_KINDS: dict[str, FaultKind] = {
    # files
    "unreadable-annotations": _error("unreadable annotation files", "export the annotations again"),
    "wrong-extension": _error("files that are not what their extension says", "give the file its right extension"),
    "missing-image": _error("missing image files", "restore the file or remove the entry"),
    "missing-annotations": _error("missing annotation files", "restore the file or take it out of the list"),
    "missing-labels": _warning(
        "images without a label file, used as background", "write an empty file if that is meant"
    ),
    "path-outside": _error(
        "paths that lead out of the data folder", "move the file inside, or allow it (allow_outside)"
    ),
    "image-too-large": _error("images with too many pixels", "shrink the image, or raise the limit (max_pixels)"),
    "unreadable-image": _error("unreadable images", "save the image again as JPEG or PNG, or remove it"),
    "wrong-filename": _warning("annotation files that name another image", "correct <filename>"),
    # entries
    "missing-key": _error("entries that lack a key", "export the file again with all COCO keys"),
    "missing-tag": _error("entries that lack a tag", "add the tag"),
    "missing-size": _warning("annotation files without the image size, taken from the image", "add <size>"),
    "bad-value": _error("values of the wrong type", "correct the value"),
    "duplicate-id": _error("ids that are used twice", "give every entry an id of its own"),
    "unknown-image": _error("annotations of unknown images", "correct the id or list the image"),
    "unknown-class": _error("objects of unknown classes", "correct the class or add it to the list of classes"),
    "orphans": _error("objects of faulty images", "mend the image"),
    # boxes
    "box-not-numbers": _error("boxes that are not four finite numbers", "redraw or remove the box"),
    "box-empty": _error("boxes without a width and a height over 0", "redraw or remove the box"),
    "box-outside": _error("boxes outside their image", "redraw or remove the box"),
    "box-clipped": _warning("boxes that reach over the edge of their image, clipped to it", "redraw the box"),
    "not-normalized": _error("coordinates over 1 or below 0", "divide by the width and height of the image"),
    "wrong-columns": _error("lines with a wrong number of columns", "write class x y w h, or class and a polygon"),
}
"""Kinds by code, in the order of a report."""
