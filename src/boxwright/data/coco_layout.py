"""Finding COCO annotations and images in a folder."""

import os
import re
from pathlib import Path
from typing import Any

from boxwright.data.datasets.coco import CocoDataset, load_json
from boxwright.data.datasets.fault_list import OnBad
from boxwright.data.layout import LayoutNotFoundError, Split
from boxwright.errors import DataError

_WORDS: dict[str, tuple[str, ...]] = {"train": ("train", "training"), "val": ("val", "valid", "validation")}
_LOOKED_AT = 20  # images that decide whether a folder is the image folder


def open_coco_folder(root: Path, split: Split, on_bad: OnBad) -> CocoDataset:
    """Opens a folder with COCO annotations.

    Annotations: a JSON file with the word "train" (or "val", "valid") in its name in `annotations/` or in the folder
    itself, those that begin with "instances" first; or the only JSON file in the folder `train/`. Images: the folder
    among `images/`, `JPEGImages/`, `<split>/`, `<split>2017/`, `images/<split>/` and the root that has them.

    Args:
        root: The folder.
        split: Which part.
        on_bad: As for `CocoDataset.from_files`.

    Raises:
        LayoutNotFoundError: There is no annotation file for this split.
        DataError: There are several of them, or none of the folders has the images, or the annotations have faults.
    """
    annotations = _find_annotations(root, split)
    document = load_json(annotations)
    images = _find_images(document, annotations, _image_folders(root, split, annotations))
    return CocoDataset.from_document(document, annotations, images, on_bad=on_bad)


def _find_annotations(root: Path, split: Split) -> Path:
    words = _WORDS[split]
    pattern = re.compile(rf"(?:^|[^a-z])(?:{'|'.join(words)})(?:[^a-z]|$)")
    tried = []
    for folder in (root / "annotations", root):
        tried.append(f"{folder}/*{split}*.json")
        found = [path for path in sorted(folder.glob("*.json")) if pattern.search(path.stem.lower())]
        found = [path for path in found if path.name.startswith("instances")] or found
        if found:
            return _only(found, split)
    for folder in (root / word for word in words):
        tried.append(f"{folder}/*.json")
        found = sorted(folder.glob("*.json"))
        if found:
            return _only(found, split)
    raise LayoutNotFoundError("COCO", tried)


def _only(found: list[Path], split: Split) -> Path:
    if len(found) > 1:
        names = ", ".join(str(path) for path in found)
        raise DataError(
            f"Several annotation files could be the {split} part: {names}. "
            f"Name the right one in a YAML file ({split}: {{annotations: …, images: …}}) and pass that."
        )
    return found[0]


def _image_folders(root: Path, split: Split, annotations: Path) -> list[Path]:
    words = _WORDS[split]
    named = [folder for word in words for folder in (root / word, root / f"{word}2017", root / "images" / word)]
    return [root / "images", root / "JPEGImages", *named, root, annotations.parent]


def _find_images(document: dict[str, Any], annotations: Path, folders: list[Path]) -> Path:
    entries = [entry for entry in document["images"] if isinstance(entry, dict)]
    names = [str(entry.get("file_name")) for entry in entries[:_LOOKED_AT]]
    present = [sum(os.path.isfile(folder / name) for name in names) for folder in folders]
    if names and max(present) == 0:
        tried = "\n".join(f"  - {folder / names[0]}" for folder in dict.fromkeys(folders))
        raise DataError(
            f"{annotations}: the images were not found. Looked for the first one at\n{tried}\n"
            "Move the images into one of these folders, or name their folder in a YAML file and pass that."
        )
    return folders[present.index(max(present))]
