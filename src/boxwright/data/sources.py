"""From what a user names as data to a data set."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from boxwright.data.coco_layout import open_coco_folder
from boxwright.data.dataset import Dataset
from boxwright.data.datasets import CocoDataset
from boxwright.data.datasets.fault_list import OnBad
from boxwright.data.layout import LayoutNotFoundError, Split
from boxwright.data.ram_cache import RamCache
from boxwright.errors import ConfigError, DataError, unknown_name

SAMPLES = Path(__file__).parent / "samples"
"""The data sets that come with the package."""

FOLDER_READERS: dict[str, Callable[[Path, Split, OnBad], Dataset]] = {"coco": open_coco_folder}
"""Readers of folder layouts, tried in this order; one that does not know the layout raises LayoutNotFoundError."""

_PREFIX = "sample:"


def open_dataset(
    source: str | Path,
    split: Split,
    *,
    on_bad: OnBad = "error",
    cache: Literal["ram"] | None = None,
) -> Dataset:
    """Opens one part of a data set.

    Args:
        source: A folder with `annotations/instances_train.json`, `…_val.json` and images (see `open_coco_folder`
            for the layouts); or a YAML file `{train: {annotations: …, images: …}, val: {…}}` with paths relative to
            itself; or "sample:bccd", the sample in the package.
        split: "train" or "val".
        on_bad: "error" raises one report of all faults in the annotations, "skip" leaves the faulty rows out, logs
            them and keeps the messages in the `skipped` of the data set.
        cache: "ram" decodes all images now and keeps them in memory.

    Raises:
        DataError: The source is not there, has no known layout, or has faults.
        ConfigError: The split is unknown, or the cache does not fit into memory.
    """
    if split not in get_args(Split):
        raise unknown_name("split", split, get_args(Split))
    if cache not in (None, "ram"):
        raise unknown_name("cache", str(cache), ("ram",))
    path = _path_of(source)
    dataset = _open_folder(path, split, on_bad) if path.is_dir() else _open_yaml(path, split, on_bad)
    return dataset if cache is None else RamCache(dataset)


def require_same_categories(train: Dataset, val: Dataset) -> None:
    """Raises if two parts of a data set number their classes differently.

    Args:
        train: The training part.
        val: The part that is evaluated.

    Raises:
        DataError: The class names or their order differ.
    """
    if train.categories != val.categories:
        raise DataError(
            f"The two parts have different classes: train {list(train.categories)}, val {list(val.categories)}. "
            "Export both with the same list of categories."
        )


def _path_of(source: str | Path) -> Path:
    if str(source).startswith(_PREFIX):
        name = str(source).removeprefix(_PREFIX)
        names = [folder.name for folder in SAMPLES.iterdir() if (folder / "annotations").is_dir()]
        if name not in names:
            raise unknown_name("sample", name, names)
        return SAMPLES / name
    path = Path(source)
    if not path.exists():
        raise DataError(f'There is no {path.absolute()}. Give a data folder, a YAML file, or "sample:bccd".')
    if path.is_file() and path.suffix.lower() not in (".yaml", ".yml"):
        raise DataError(
            f"{path} is neither a folder nor a YAML file. Give the folder that has annotations and images, or a "
            "YAML file that names both."
        )
    return path


def _open_folder(root: Path, split: Split, on_bad: OnBad) -> Dataset:
    misses = []
    for reader in FOLDER_READERS.values():
        try:
            return reader(root, split, on_bad)
        except LayoutNotFoundError as miss:
            misses.append(f"  - {miss}")
    raise DataError(
        f"{root} has no {split} data in a known layout. Tried:\n" + "\n".join(misses) + "\n"
        "Put the annotations there, or name them in a YAML file and pass that."
    )


def _open_yaml(path: Path, split: Split, on_bad: OnBad) -> Dataset:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path} cannot be read as YAML: {error}. Correct the file.") from error
    parts = _table(content, str(path), get_args(Split))
    if split not in parts:
        raise DataError(f"{path} has no {split!r}; found {sorted(parts)}. Add {split}: {{annotations: …, images: …}}.")
    part = _table(parts[split], f"{path}, {split}", ("annotations", "images"))
    lacking = [key for key in ("annotations", "images") if not isinstance(part.get(key), str)]
    if lacking:
        raise DataError(f"{path}, {split}: no path under {', '.join(lacking)}. Add it, relative to the YAML file.")
    return CocoDataset.from_files(path.parent / part["annotations"], path.parent / part["images"], on_bad=on_bad)


def _table(content: Any, where: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise DataError(f"{where}: expected a mapping with {', '.join(known)}; found {content!r}. Write it as such.")
    for key in content:
        if key not in known:
            raise ConfigError(f"{where}: {unknown_name('key', str(key), known)}")
    return content
