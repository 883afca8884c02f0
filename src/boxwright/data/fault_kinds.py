"""The catalogue of what can be wrong with a data set."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault.

    Args:
        severity: "error" if the image or object cannot be used, "warning" if it is used all the same and should be
            looked at, "note" if it is used by a rule that is written down, so that nothing need be done.
        title: What is wrong, in the plural.
        cure: What to do about one of them.
        is_whole: Whether an error is one of the whole part, so that skipping images and objects does not help.
    """

    severity: Severity
    title: str
    cure: str
    is_whole: bool = False


def _error(title: str, cure: str) -> FaultKind:
    return FaultKind("error", title, cure)


def _warning(title: str, cure: str) -> FaultKind:
    return FaultKind("warning", title, cure)


def _note(title: str, cure: str) -> FaultKind:
    return FaultKind("note", title, cure)


FAULT_KINDS: dict[str, FaultKind] = {
    # files
    "unreadable-annotations": _error("unreadable annotation files", "export the annotations again"),
    "unsafe-xml": _error("XML files with entities or a document type", "remove <!DOCTYPE …>"),
    "unreadable-mask": _error("unreadable mask pictures", "save the picture again, or remove it"),
    "wrong-extension": _error("files that are not what their extension says", "give the file its right extension"),
    "missing-image": _error("missing image files", "restore the file or remove the entry"),
    "missing-annotations": _error("missing annotation files", "restore the file or take it out of the list"),
    "own-picture": _warning(
        "pictures that boxwright drew, not used", "write results to a folder that is not among the images"
    ),
    "missing-labels": _warning(
        "images without a label file, used as background", "write an empty file if that is meant"
    ),
    "shared-labels": _warning("images that share a label file", "give every image a label file of its own"),
    "labels-unused": _warning("label files without an image", "put the image back, or remove the file"),
    "path-elsewhere": _warning("paths that are not there, found otherwise", "write them relative to the data folder"),
    "path-outside": _error(
        "paths that lead out of the data folder", "move the file inside, or allow it (allow_outside)"
    ),
    "image-too-large": _error("images with too many pixels", "shrink the image, or raise the limit (max_pixels)"),
    "unreadable-image": _error("unreadable images", "save the image again as JPEG or PNG, or remove it"),
    "image-empty": _error("image files without a byte", "restore the file or remove the entry"),
    "image-truncated": _error("image files that are cut off", "copy the file again or remove the entry"),
    "image-size": _error(
        "images of another size than annotated", "put back the image that was annotated, or correct width and height"
    ),
    "image-rotated": _warning(
        "images with an EXIF orientation", "look whether its boxes fit; save it turned to be safe"
    ),
    "image-mode": _note("images that are not 8-bit RGB, converted", "nothing need be done"),
    "dark-sixteen-bits": _warning(
        "images of 16 bits per value that become nearly black",
        "stretch the values over 0 to 65535 (those of 12 bits by 16), or save those up to 255 with 8 bits, here and "
        "where you predict",
    ),
    "image-pages": _note(
        "images with several pages or frames, of which the first is used", "save the others as files of their own"
    ),
    "image-extension": _note("images of another format than their name says", "rename the file for other programs"),
    "odd-name": _note(
        "file names with spaces, control characters or letters outside ASCII", "rename the file for other programs"
    ),
    "wrong-filename": _warning("annotation files that name another image", "correct <filename>"),
    "image-unused": _warning(
        "files that look like images, or have a label file, and are not used",
        "save them as JPEG or PNG, or remove them",
    ),
    "image-unlisted": _note("images beside used ones that are in no part", "list them if that is not meant"),
    "hidden": _note("hidden files and folders, left out", "rename them if they are meant"),
    "listed-again": _warning("images that are listed several times, used as often", "list them once if not meant"),
    # the data set as a whole
    "missing-part": _warning(
        "parts without data", "add it, or divide the other: --val 0.2; training needs both train and val"
    ),
    "undivided": _error(
        "data without parts", "say how many to measure on and not to train on: --val 0.2 (in Python val=0.2)"
    ),
    "divided-by-image": _warning(
        "data divided without regard to places", "list the images of each part in a file and give that as --val"
    ),
    "split-absent": _warning("files of parts with images that are not there", "take them out of the file"),
    "part-empty": FaultKind("error", "parts without an image", "add images, or point to another file", is_whole=True),
    "nothing-to-learn": FaultKind(
        "error", "parts to train on without an object", "add objects that are not ignored", is_whole=True
    ),
    "nothing-to-measure": _warning(
        "parts to measure on without an object", "add objects that are not ignored, or AP means nothing"
    ),
    "other-classes": _error("parts with different classes", "write both with one list of classes"),
    "duplicate-image": _warning("images that are there twice", "keep one of them"),
    "shared-image": _warning("images in more than one part", "keep it in one part, or the measured AP is too high"),
    "shared-view": _warning(
        "images of a place that another part shows too", "keep the place in one part, or the measured AP is too high"
    ),
    "similar-view": _note("images of a place that another image of the part shows", "keep both in one part"),
    "views-not-compared": _note("data sets too large to look for images of one place", "nothing need be done"),
    "image-id": _note("image ids that are no whole numbers of 64 bits, numbered from 1", "nothing need be done"),
    "id-gap": _note("category ids with gaps, numbered anew in ascending order", "nothing need be done"),
    "ignored-many": _warning(
        "parts of whose objects a large share is ignored",
        "look whether they are meant as crowds (iscrowd) or difficult; tools that paint masks write iscrowd 1 for each",
    ),
    "class-ignored": _warning(
        "classes whose objects are all ignored regions",
        "nothing of the class is learned: set iscrowd (COCO) or difficult (VOC) to 0 where an object shall be found",
    ),
    "not-read": _note("things that boxwright does not read", "nothing need be done"),
    "root-category": _note("categories above all others, left out", "nothing need be done"),
    "classes-alike": _warning(
        "classes whose names differ by case or spaces alone", "write one name if one class is meant"
    ),
    "class-unused": _note("classes without an object", "take it out of the list, or add objects"),
    "class-absent": _note(
        "images without a class that nearly all others have", "look whether its boxes were forgotten"
    ),
    # entries
    "missing-key": _error("entries that lack a key", "add it, or export the file again"),
    "missing-tag": _error("entries that lack a tag", "add the tag"),
    "missing-size": _warning("annotation files without the image size, taken from the image", "add <size>"),
    "bad-value": _error("values of the wrong type", "correct the value"),
    "duplicate-id": _error("ids that are used twice", "give every entry an id of its own"),
    "id-repeated": _warning("annotation ids that stand twice, used all the same", "give every annotation its own"),
    "area-odd": _warning("areas that are no number over 0, taken from the box", "export the areas again"),
    "unknown-image": _error("annotations of unknown images", "correct the id or list the image"),
    "unknown-class": _error("objects of unknown classes", "correct the class or add it to the list of classes"),
    "orphans": _error("objects of faulty images", "mend the image"),
    # boxes
    "box-form-wrong": FaultKind(
        "error",
        "parts whose boxes are written in another unit or order",
        "convert them to what the format says; nothing of the part can be used",
        is_whole=True,
    ),
    "box-form": _warning(
        "parts whose boxes look like another unit or order", "draw some (--sheet, inspect), and convert them if so"
    ),
    "box-not-numbers": _error("boxes that are not four finite numbers", "redraw or remove the box"),
    "box-empty": _error("boxes without a width and a height over 0", "redraw or remove the box"),
    "box-outside": _error("boxes outside their image", "redraw or remove the box"),
    "box-clipped": _warning("boxes that reach over the edge of their image, clipped to it", "redraw the box"),
    "box-double": _warning("objects with two boxes", "remove one of them"),
    "box-two-classes": _warning("objects with two boxes of different classes", "remove one of them"),
    "not-normalized": _error("coordinates over 1 or below 0", "divide by the width and height of the image"),
    "wrong-columns": _error("lines with a wrong number of columns", "write class x y w h, or class and a polygon"),
    "rows-taken-for": _note("rows whose meaning was decided by their form", "look whether the boxes fit"),
    "rows-doubtful": _warning("rows that look like something else", "look whether the boxes fit"),
    "column-left-out": _warning("rows with a column that is left out", "take it out if it is no track number"),
    # masks
    "box-mask": _warning("boxes far from their own masks", "redraw the box or the mask"),
    "masks-absent": FaultKind(
        "error",
        "parts without a mask",
        "train a system without -seg, or point to data with masks: polygons or RLE in COCO, polygons in YOLO, pictures "
        "in SegmentationObject in VOC",
        is_whole=True,
    ),
    "outline-form-wrong": FaultKind(
        "error",
        "parts whose outlines are written in another unit or order",
        "convert them to what the format says; no mask of the part can be used",
        is_whole=True,
    ),
    "outline-form": _warning(
        "parts whose outlines look like another unit or order", "draw some (inspect), and convert them if so"
    ),
    "mask-unused": _note(
        "masks that cannot be used; their boxes can", "mend the masks before training on masks (verify --masks)"
    ),
    "mask-missing": _error(
        "objects without a mask", "draw the mask, or train on boxes alone; --on_bad skip makes it an ignored region"
    ),
    "mask-form": _error("segmentations that are neither polygons nor RLE", "export the masks again"),
    "mask-outside": _error("masks outside their image", "redraw or remove the object"),
    "mask-empty": _error("masks that cover no pixel", "redraw or remove the object"),
    "polygon-not-numbers": _error("polygons that are not pairs of finite numbers", "redraw or remove the object"),
    "polygon-short": _error("polygons of fewer than 3 points", "redraw or remove the object"),
    "polygon-long": _error("polygons whose outline is too long to be drawn", "redraw or remove the object"),
    "polygon-part": _warning("parts of masks that enclose nothing, left out", "redraw the object"),
    "rle-size": _error("RLE masks of another size than their image", "export the masks again"),
    "rle-counts": _error("RLE masks with wrong counts", "export the masks again"),
    "rle-empty": _error("RLE masks without a pixel inside", "redraw or remove the object"),
}
"""Kinds by code, in the order of a report."""
