"""What a model file says about itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.metadata import version
from typing import Any, get_args

from boxwright.errors import ConfigError, DataError, counted
from boxwright.geometry.letterbox import Fit
from boxwright.geometry.tiling import Tiling
from boxwright.models import Normalization
from boxwright.settings.recipe import MOST_DETECTIONS
from boxwright.systems.catalog import build_system
from boxwright.systems.detection_limits import finding_at_most
from boxwright.systems.exchange import with_parts
from boxwright.systems.system import System

FORMAT_VERSION = 2
UNKNOWN_LICENCE = "unknown"
UNMEASURED_THRESHOLD = 0.25
"""Of the score, for a model of which no better one is known."""
BACKBONE, DETECTOR = "backbone", "detector"
THRESHOLDS = ("score_threshold", "iou_threshold", "max_detections")


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
        fit: How an image lies in the canvas; None in a file of before, which had that of the system.
        normalization: What the network wants bytes to become; None as for `fit`.
        thresholds: Of the postprocessing, by name; those of the system where one is missing.
        provenance: Where the weights come from: for imported ones file, sha256 and format, for trained ones the start.
        licence: Of the weights, as far as it is known.
        measurements: What the model was measured to reach, by name.
        parts: Parts of the system that were exchanged by name, see `with_parts`; they matter to training only.
        holds: What the tensors are of: "detector", or "backbone" for a start that finds nothing yet, without categories
            and with those options only that the backbone depends on.
        tiling: How images were cut in the training; None if they were taken whole.
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
    fit: Fit | None = None
    normalization: Normalization | None = None
    thresholds: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    licence: str = UNKNOWN_LICENCE
    measurements: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    holds: str = DETECTOR
    tiling: Tiling | None = None

    @property
    def usual_threshold(self) -> float:
        """The threshold of the score that prediction takes by itself: the one that was measured to be best, or 0.25.

        Raises:
            DataError: What the card says is no threshold.
        """
        value = self.measurements.get("best_threshold")
        if value is None:
            return UNMEASURED_THRESHOLD
        if type(value) not in (int, float) or not 0 <= value <= 1:
            raise DataError(
                f"The model says that its best threshold is {value!r}, which it cannot be. Do not trust it."
            )
        return float(value) or UNMEASURED_THRESHOLD  # files of before say 0 where nothing was found

    @property
    def is_threshold_measured(self) -> bool:
        """Whether the usual threshold is one that the file says."""
        return bool(self.measurements.get("best_threshold"))

    def header(self) -> str:
        """Gives the card as JSON."""
        return json.dumps(asdict(self), ensure_ascii=True)

    def build(self) -> System:
        """Builds the system, with fresh weights; parts of somebody's own are only named, see `LeftBehind`."""
        system = build_system(self.system, self.num_classes, **self.options)
        system = with_parts(system, self.parts, runs_own=False)
        known = {name: self.thresholds[name] for name in THRESHOLDS if name in self.thresholds}
        built = replace(
            system,
            fit=self.fit or system.fit,
            normalization=self.normalization or system.normalization,
            postprocessor=replace(system.postprocessor, **known),
        )
        most = built.postprocessor.max_detections  # a file that asks for any number gets no candidates for it
        return finding_at_most(built, most) if 1 <= most <= MOST_DETECTIONS else built


NEEDED = ("system", "options", "num_classes", "categories", "category_ids", "canvas_size", "config")
"""What every file says."""

_KINDS: dict[str, type | tuple[type, ...]] = {
    "system": str,
    "options": dict,
    "num_classes": int,
    "categories": (list, tuple),
    "category_ids": (list, tuple),
    "canvas_size": (list, tuple),
    "config": dict,
    "format_version": int,
    "boxwright_version": str,
    "fit": (str, type(None)),
    "normalization": (dict, type(None)),
    "thresholds": dict,
    "provenance": dict,
    "licence": str,
    "measurements": dict,
    "parts": dict,
    "holds": str,
    "tiling": (dict, type(None)),
}


_ENTRIES: dict[str, Callable[[Any], bool]] = {
    "categories": lambda entry: isinstance(entry, str),
    "category_ids": lambda entry: type(entry) is int and abs(entry) < 2**63,
    "canvas_size": lambda entry: type(entry) is int,
}
_LARGEST_PIXEL = 1e9


def card_of(
    system: System,
    *,
    categories: tuple[str, ...],
    category_ids: tuple[int, ...],
    canvas_size: tuple[int, int],
    tiling: Tiling | None = None,
    **more: Any,
) -> ModelCard:
    """Describes a system that was trained.

    Args:
        system: Of the network.
        categories: Class names by label.
        category_ids: Ids by label.
        canvas_size: Height and width in pixels.
        tiling: How images were cut, if they were.
        **more: Further fields: config, provenance, licence, measurements; plain values.

    Raises:
        ConfigError: A value is not plain, or the categories are not `num_classes`.
    """
    if len(categories) != system.num_classes or len(category_ids) != len(categories):
        raise ConfigError(
            f"the system has {counted(system.num_classes, 'class', 'classes')}; given: "
            f"{counted(len(categories), 'category', 'categories')} and {counted(len(category_ids), 'id')}. Give one "
            "name and one id per class."
        )
    return ModelCard(
        system=system.name,
        options=_tupled(plain_value(system.options, "options")),
        num_classes=system.num_classes,
        categories=categories,
        category_ids=category_ids,
        canvas_size=canvas_size,
        format_version=FORMAT_VERSION,
        boxwright_version=version("boxwright"),
        fit=system.fit,
        normalization=system.normalization,
        parts=plain_value(system.parts, "parts"),
        thresholds={name: getattr(system.postprocessor, name) for name in THRESHOLDS},
        tiling=tiling,
        **{name: value if name == "licence" else plain_value(value, name) for name, value in more.items()},
    )


def card_from(values: Mapping[str, Any]) -> ModelCard:
    """Reads a card.

    Args:
        values: By name, as a file has them; what is not known is passed over.

    Raises:
        DataError: Something is missing, of another kind, or from a newer boxwright.
    """
    found = values.get("format_version")
    if not isinstance(found, int) or found > FORMAT_VERSION:
        raise DataError(
            f"has format version {found}, this boxwright ({version('boxwright')}) reads up to {FORMAT_VERSION}; it was "
            f"written by boxwright {values.get('boxwright_version')}. Upgrade boxwright to at least that."
        )
    lacking = [key for key in (*NEEDED, "boxwright_version") if key not in values]
    if lacking:
        raise DataError(f"lacks {', '.join(lacking)}. Take a file that `save_model` wrote.")
    known = {entry.name: values[entry.name] for entry in fields(ModelCard) if entry.name in values}
    for name, value in known.items():
        if not isinstance(value, _KINDS[name]):
            raise DataError(f"says that {name} is {value!r}, which it cannot be. Do not trust it.")
    for name, is_one in _ENTRIES.items():
        if not all(is_one(entry) for entry in known[name]):
            raise DataError(f"says that {name} are {known[name]!r}, which they cannot be. Do not trust it.")
        known[name] = tuple(known[name])
    if len(known["categories"]) != known["num_classes"] or len(known["category_ids"]) != known["num_classes"]:
        raise DataError(
            f"has {counted(len(known['categories']), 'category', 'categories')}, "
            f"{counted(len(known['category_ids']), 'id')} and num_classes "
            f"{known['num_classes']}, which must be as many. Do not trust it."
        )
    if known.get("holds", DETECTOR) not in (DETECTOR, BACKBONE):
        raise DataError(
            f"says that it holds {known['holds']!r}, which it cannot. Do not trust it, or upgrade boxwright."
        )
    if known.get("fit") not in (None, *get_args(Fit)):
        raise DataError(f"says that fit is {known['fit']!r}, which it cannot be. Do not trust it.")
    for name, value in known.get("thresholds", {}).items():
        if type(value) is not int and (type(value) is not float or name == "max_detections"):
            raise DataError(f"says that {name} is {value!r}, which it cannot be. Do not trust it.")
    known["options"] = _tupled(known["options"])
    known |= {"normalization": _normalization(known.get("normalization")), "tiling": _tiling(known.get("tiling"))}
    return ModelCard(**known)


def _tupled(value: Any) -> Any:
    """Makes lists the tuples that options are: a header has lists alone."""
    if isinstance(value, dict):
        return {name: _tupled(entry) for name, entry in value.items()}
    return tuple(_tupled(entry) for entry in value) if isinstance(value, (list, tuple)) else value


def _normalization(values: Mapping[str, Any] | None) -> Normalization | None:
    if values is None:
        return None
    mean, std = values.get("mean"), values.get("std")
    for sides, is_divisor in ((mean, False), (std, True)):
        if (
            not isinstance(sides, (list, tuple))
            or len(sides) != 3
            or not all(type(v) in (int, float) and abs(v) < _LARGEST_PIXEL for v in sides)
            or (is_divisor and 0 in sides)
        ):
            raise DataError(f"says that normalization is {dict(values)!r}, which it cannot be. Do not trust it.")
    return Normalization(tuple(map(float, mean)), tuple(map(float, std)))  # type: ignore[arg-type]


def _tiling(values: Mapping[str, Any] | None) -> Tiling | None:
    if values is None:
        return None
    size, overlap = values.get("size"), values.get("overlap")
    try:
        if isinstance(size, (list, tuple)) and len(size) == 2 and all(type(side) is int for side in size):
            return Tiling((size[0], size[1]), float(overlap))  # type: ignore[arg-type]
    except (ConfigError, TypeError, ValueError):
        pass
    raise DataError(f"says that tiling is {dict(values)!r}, which it cannot be. Do not trust it.")


def plain_value(value: Any, name: str) -> Any:
    """Copies nested plain values; what a model file must not hold is an error that names where it is.

    Args:
        value: Dictionaries, lists, text, numbers and None.
        name: Of the value.

    Raises:
        ConfigError: Something is none of these.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_value(entry, f"{name}.{key}") for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(entry, f"{name}[{index}]") for index, entry in enumerate(value)]
    raise ConfigError(
        f"{name} is a {type(value).__name__}; a model file holds dictionaries, lists, strings, numbers and None. "
        "Convert it first."
    )
