"""Finding COCO annotations and images in a folder."""

import os
from pathlib import Path
from typing import Any, get_args

from boxwright.bounded_text import listed
from boxwright.data.formats.coco.document import read_document
from boxwright.data.formats.coco.foreign_names import rename_foreign
from boxwright.data.formats.coco.reader import load_json
from boxwright.data.formats.folders import with_suffix
from boxwright.data.formats.json_file import json_outline
from boxwright.data.formats.layout import (
    SPLIT_WORDS,
    LayoutNotFoundError,
    OtherFormatError,
    PartNotFoundError,
    Portion,
    Split,
    split_of_name,
)
from boxwright.data.formats.path_tails import is_of_another_machine
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.formats.yaml_file import YAML_SUFFIXES, read_yaml
from boxwright.data.reading_limits import ReadingLimits
from boxwright.errors import ConfigError, DataError, counted, unknown_name

_LOOKED_AT = 20  # images that decide whether a folder is the image folder
_NAMED = 5  # of the files that could be meant


def read_coco_folder(root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads a folder with COCO annotations.

    Annotations: a COCO file with the word "train" (or "val", "valid") in its name in `annotations/` or in the folder
    itself, those that begin with "instances" first; or the only COCO file in the folder `train/`. For the whole, a
    file with neither word. JSON of another kind does not count. Images: the folder among `images/`, `JPEGImages/`,
    `<split>/`, `<split>2017/`, `images/<split>/` and the root that has them.

    Args:
        root: The folder.
        split: Which part.
        limits: What is refused.

    Raises:
        LayoutNotFoundError: There is no annotation file for this split.
        DataError: There are several of them, or none of the folders has the images.
    """
    return _read(_find_annotations(root, split), root, split, limits)


def read_coco_file(annotations: Path, split: Portion, limits: ReadingLimits) -> Reading:
    """Reads the part of a data set that one of its COCO files was named for, or that a YAML file names.

    The YAML file is `{train: {annotations: …, images: …}, val: {…}}`, with paths relative to itself. A JSON file
    whose name says no split is the part to measure on, "val". One that is named after the other split leads to the
    rest of its folder.

    Args:
        annotations: The JSON or YAML file.
        split: Which part.
        limits: What is refused.

    Raises:
        OtherFormatError: It is neither COCO's JSON nor YAML.
        DataError: The file is not for this split and no other is there, or the images are not found.
        ConfigError: The YAML file has an unknown key.
    """
    if annotations.suffix.lower() in YAML_SUFFIXES:
        return _read_yaml(annotations, split, limits)
    if annotations.suffix.lower() != ".json":
        raise OtherFormatError(f"{annotations} is neither JSON nor YAML")
    folder = annotations.parent
    root = folder.parent if folder.name == "annotations" else folder
    if json_outline(annotations).opening and not is_coco(annotations):
        raise OtherFormatError(f"{annotations} is JSON, but not COCO")
    own = split_of_name(annotations.stem) or "whole"
    if own == split or (own in ("whole", "test") and split == "val"):
        return _read(annotations, root, split, limits)
    if own == "whole":
        raise PartNotFoundError(
            f"{annotations} does not say which part it is, so it is used to measure, not to train. Name it "
            "instances_train.json, name both files in a YAML file and pass that, or have it divided: --val 0.2."
        )
    return read_coco_folder(root, split, limits)


def _read_yaml(path: Path, split: Portion, limits: ReadingLimits) -> Reading:
    content = read_yaml(path)
    if isinstance(content, dict) and not {"names", "nc"}.isdisjoint(content):
        raise OtherFormatError(f"{path} has classes: it describes another format")
    parts = _table(content, str(path), get_args(Split))
    if split not in parts:
        raise PartNotFoundError(
            f"{path} has no {split!r}; found {sorted(parts)}. Add {split}: {{annotations: …, images: …}}."
        )
    part = _table(parts[split], f"{path}, {split}", ("annotations", "images"))
    lacking = [key for key in ("annotations", "images") if not isinstance(part.get(key), str)]
    if lacking:
        raise DataError(f"{path}, {split}: no path under {', '.join(lacking)}. Add it, relative to the YAML file.")
    annotations = path.parent / part["annotations"]
    return read_document(load_json(annotations, limits), str(annotations), path.parent / part["images"], limits)


def _read(annotations: Path, root: Path, split: Portion, limits: ReadingLimits) -> Reading:
    document = load_json(annotations, limits)
    folders = _image_folders(root, split, annotations)
    images, has_images = _find_images(document, folders)
    renamed = rename_foreign(document["images"], images, folders, root, str(annotations))
    if document["images"] and not has_images and renamed is None:
        raise _no_images(document, annotations, folders)
    reading = read_document(document, str(annotations), images if renamed is None else root, limits)
    if renamed is not None:
        reading.faults.add("path-elsewhere", None, renamed, cure="write file_name relative to the folder of the images")
    return reading


def _find_annotations(root: Path, split: Portion) -> Path:
    tried = []
    for folder in (root / "annotations", root):
        tried.append(f"{folder}/*{'' if split == 'whole' else split}*.json")
        found = [path for path in _json_files(folder) if _is_named(path, split) and is_coco(path)]
        found = [path for path in found if path.name.startswith("instances")] or found
        if found:
            return _only(found, split)
    for folder in (root / word for word in SPLIT_WORDS[split]):
        tried.append(f"{folder}/*.json")
        found = [path for path in _json_files(folder) if is_coco(path)]
        if found:
            return _only(found, split)
    raise LayoutNotFoundError("COCO", tried)


def _json_files(folder: Path) -> list[Path]:
    return with_suffix(folder, (".json",)) if folder.is_dir() else []


def _is_named(path: Path, split: Portion) -> bool:
    return (split_of_name(path.stem) or "whole") == split


def is_coco(path: Path) -> bool:
    """Says whether a JSON file is meant to be COCO: by its content, or by a name that only COCO's files have.

    Args:
        path: The file.
    """
    outline = json_outline(path)
    if any(outline.keys.get(key) == "[" for key in ("images", "annotations", "categories")):
        return True
    has_name = path.name.startswith("instances") or path.name.lower().endswith(".coco.json")
    return has_name or (not outline.opening and path.parent.name == "annotations")


def _only(found: list[Path], split: Portion) -> Path:
    if len(found) > 1:
        names = ", ".join(str(path) for path in found[:_NAMED]) + (" …" if len(found) > _NAMED else "")
        raise DataError(
            f"{len(found)} annotation files could be the {split} part: {names}. "
            f"Name the right one in a YAML file ({split}: {{annotations: …, images: …}}) and pass that."
        )
    return found[0]


def _image_folders(root: Path, split: Portion, annotations: Path) -> list[Path]:
    words = SPLIT_WORDS[split]
    named = [folder for word in words for folder in (root / word, root / f"{word}2017", root / "images" / word)]
    return [root / "images", root / "JPEGImages", *named, root, annotations.parent]


def _find_images(document: dict[str, Any], folders: list[Path]) -> tuple[Path, bool]:
    """Gives the folder that has most of the first images, and whether it has any."""
    names = _first_names(document)
    present = [sum(os.path.isfile(folder / name) for name in names) for folder in folders]
    return folders[present.index(max(present))], max(present) > 0


def _first_names(document: dict[str, Any]) -> list[str]:
    entries = [entry for entry in document["images"] if isinstance(entry, dict)]
    return [str(entry.get("file_name")) for entry in entries[:_LOOKED_AT]]


def _no_images(document: dict[str, Any], annotations: Path, folders: list[Path]) -> DataError:
    name = next(iter(_first_names(document)), "")
    if is_of_another_machine(name):
        places = ", ".join(str(folder) for folder in dict.fromkeys(folders) if folder.is_dir())
        return DataError(
            f"{annotations}: none of its {counted(len(document['images']), 'image')} is there. The first, {name!r}, "
            f"is a path of another machine, and the last steps of it are not in {places} either. Copy the images into "
            "one of these folders, or write file_name relative to the folder of the images."
        )
    closed = [str(folder) for folder in dict.fromkeys(folders) if folder.is_dir() and not os.access(folder, os.X_OK)]
    if closed:
        return DataError(f"{annotations}: the images were not found, and {listed(closed)} cannot be read. Allow it.")
    tried = "\n".join(f"  - {folder / name}" for folder in dict.fromkeys(folders))
    return DataError(
        f"{annotations}: the images were not found. Looked for the first one at\n{tried}\n"
        "Move the images into one of these folders, or name their folder in a YAML file and pass that."
    )


def _table(content: Any, where: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise DataError(f"{where}: expected a mapping with {', '.join(known)}; found {content!r}. Write it as such.")
    for key in content:
        if key not in known:
            raise ConfigError(f"{where}: {unknown_name('key', str(key), known)}")
    return content
