"""One file that holds a trained model: weights, how to build it, categories, configuration."""

import pickle
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import ConfigError, DataError
from boxwright.models import load_weights
from boxwright.systems.catalog import build_system
from boxwright.systems.claimed_shapes import require_stored, require_true_claims
from boxwright.systems.system import System
from boxwright.writing.atomic_file import atomic_file

FORMAT = "boxwright model"
FORMAT_VERSION = 1
BEST_MODEL = Path("weights", "best.pt")  # in a run directory
CARD_KEYS = (
    "system",
    "options",
    "num_classes",
    "categories",
    "category_ids",
    "canvas_size",
    "config",
    "boxwright_version",
)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model file says about itself.

    Args:
        system: Name in the catalogue.
        options: Options of the catalogue's builder.
        num_classes: Number of categories.
        categories: Class names by label.
        category_ids: Ids by label in the annotations that the model was trained on; result files use them.
        canvas_size: Height and width in pixels that the model was trained at.
        config: The resolved configuration of the training.
        format_version: Of the file.
        boxwright_version: That wrote the file.
    """

    system: str
    options: dict[str, Any]
    num_classes: int
    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    canvas_size: tuple[int, int]
    config: dict[str, Any]
    format_version: int
    boxwright_version: str


def save_model(
    path: str | Path,
    system: System,
    *,
    categories: Sequence[str],
    canvas_size: tuple[int, int],
    config: Mapping[str, Any],
    category_ids: Sequence[int] | None = None,
    state: Mapping[str, Tensor] | None = None,
) -> None:
    """Writes a model file; an interrupted write leaves what was there before. Only a model file is ever replaced.

    The file is a dictionary of plain values and tensors, so it can be read without running foreign code.

    Args:
        path: Where to; missing folders are made.
        system: What was trained.
        categories: Class names by label.
        canvas_size: Height and width in pixels.
        config: Plain values only (dictionaries, lists, tuples, strings, numbers, None).
        category_ids: Ids by label in the annotations; the labels themselves if left out.
        state: Weights to write in place of the detector's own, for instance their average.

    Raises:
        ConfigError: The configuration holds a value that is not plain, or the categories are not `num_classes`,
            or a file that is no model file is there.
    """
    if len(categories) != system.num_classes:
        raise ConfigError(
            f"Cannot save {path}: the system has {system.num_classes} classes, but {len(categories)} categories "
            "were given. Give one name per class."
        )
    ids = range(len(categories)) if category_ids is None else category_ids
    weights = system.detector.state_dict() if state is None else state
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "boxwright_version": version("boxwright"),
        "system": system.name,
        "options": _plain(system.options, "options"),
        "num_classes": system.num_classes,
        "categories": [str(name) for name in categories],
        "category_ids": [int(identity) for _, identity in zip(categories, ids, strict=True)],
        "canvas_size": [int(side) for side in canvas_size],
        "config": _plain(config, "config"),
        "weights": {name: tensor.detach().cpu().contiguous().clone() for name, tensor in weights.items()},
    }
    with atomic_file(Path(path), replaces=_is_archive_of_torch(Path(path))) as file:
        torch.save(content, file)


def load_model(path: str | Path, device: torch.device | str = "cpu") -> tuple[System, ModelCard]:
    """Reads a model file and builds its system, with the detector in inference mode.

    Args:
        path: Written by `save_model`, or a run directory, whose best model is taken.
        device: Where the detector goes.

    Raises:
        DataError: The file is missing, cut short, no model file, from a newer boxwright, or its weights do not fit.
    """
    path = _model_in(Path(path))
    content = _read(path)
    card = _card(content, path)
    try:
        require_true_claims(card.system, card.num_classes, card.options, content["weights"], card.canvas_size)
        system = build_system(card.system, card.num_classes, **card.options)
        load_weights(system.detector, content["weights"])
    except (ConfigError, DataError) as error:
        raise DataError(f"{path}: {error}") from error
    system.detector.to(device).eval()
    return system, card


def read_card(path: str | Path) -> ModelCard:
    """Reads what a model file says about itself, without building the system.

    Args:
        path: As for `load_model`.

    Raises:
        DataError: As for `load_model`.
    """
    path = _model_in(Path(path))
    return _card(_read(path), path)


def _is_archive_of_torch(path: Path) -> bool:
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/data.pkl") for name in archive.namelist())


def _model_in(path: Path) -> Path:
    return path / BEST_MODEL if path.is_dir() else path


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise DataError(f"There is no model file {path}. Give a run directory, or the weights/best.pt in it.")
    with path.open("rb") as file:
        is_archive = file.read(2) == b"PK"
    if is_archive and not zipfile.is_zipfile(path):
        raise DataError(
            f"{path} is cut short ({path.stat().st_size} bytes). Copy it again, or take another one of the run."
        )
    if is_archive:
        require_stored(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True) if is_archive else None
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise _foreign(path) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _foreign(path)
    return content


def _card(content: dict[str, Any], path: Path) -> ModelCard:
    found = content.get("format_version")
    if not isinstance(found, int) or found > FORMAT_VERSION:
        raise DataError(
            f"{path} has format version {found}, this boxwright ({version('boxwright')}) reads up to {FORMAT_VERSION}; "
            f"it was written by boxwright {content.get('boxwright_version')}. Upgrade boxwright to at least that."
        )
    lacking = [key for key in (*CARD_KEYS, "weights") if key not in content]
    if lacking:
        raise DataError(f"{path} lacks {', '.join(lacking)}. Take a file that `save_model` wrote.")
    values = {key: content[key] for key in CARD_KEYS}
    values["categories"] = tuple(values["categories"])
    values["category_ids"] = tuple(values["category_ids"])
    values["canvas_size"] = tuple(values["canvas_size"])
    return ModelCard(format_version=found, **values)


def _foreign(path: Path) -> DataError:
    return DataError(
        f"{path} is not a boxwright model file, or it is damaged. Give a run directory, or the weights/best.pt in it. "
        "Weights published elsewhere are put into a detector by `boxwright.models.load_published_yolov8` (or "
        "`…_yolov5`)."
    )


def _plain(value: Any, name: str) -> Any:
    """Copies nested plain values; what a checkpoint must not hold is an error that names where it is."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(entry, f"{name}.{key}") for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        entries = [_plain(entry, f"{name}[{index}]") for index, entry in enumerate(value)]
        return tuple(entries) if isinstance(value, tuple) else entries
    raise ConfigError(
        f"{name} is a {type(value).__name__}; a model file holds dictionaries, lists, strings, numbers and None. "
        "Convert it first."
    )
