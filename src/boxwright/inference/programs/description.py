"""What an exported file says about itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from boxwright.bounded_text import LONGEST_NAME, bounded
from boxwright.errors import DataError
from boxwright.inference.programs.possible_values import POSTPROCESSING, VALUES
from boxwright.systems.model_card import ModelCard, card_from

KEY = "boxwright"
"""Of the description in the metadata of a file."""
MODEL_JSON = "model.json"
FORMAT = "boxwright export"
FORMAT_VERSION = 1
_CURE = "Take a file that `boxwright export` wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDescription:
    """Everything that a program needs to know about an exported network, in plain values.

    Args:
        file: Name of the file, without its folder.
        program: "onnx", "openvino" or "torch".
        precision: "32" or "16": the arithmetic of the network.
        batch: Images at once; None for any number.
        canvas_size: Height and width in pixels; where `canvas_multiple` is given, those of the training.
        canvas_multiple: Both sides may be any multiple of this; None if `canvas_size` is the only one.
        input: "float" for normalised numbers, "uint8" for bytes.
        channel_order: "rgb" or "bgr", of the input.
        mean: To subtract from bytes of 0 to 255, in channel order; nothing where bytes come in.
        std: To divide by, after that.
        nms: "none" or "graph": whether repeated boxes are removed in the graph.
        inputs: Names, in order.
        outputs: Names, in order.
        fit: How an image lies in the canvas: "centre", "corner" or "stretch".
        pad_value: Of the canvas beside the image.
        interpolation: How images are resized: when they shrink and when they grow.
        levels: Stride and priors per cell of each level, in the order of the priors.
        usual_threshold: Of the score: the one that was measured to be best, or 0.25.
        postprocessing: What finds the objects among the outputs: thresholds and limits.
        categories: Class names by label.
        category_ids: Ids by label in the annotations of the training.
        system: Name in the catalogue.
        dialect: Of the system, where it has several.
        licence: Of the weights, as far as it is known.
        weights_sha256: Of the model file.
        boxwright_version: That wrote the file.
        card: Of the model.
    """

    file: str
    program: str
    precision: str
    batch: int | None
    canvas_size: tuple[int, int]
    canvas_multiple: int | None
    input: str
    channel_order: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    nms: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    fit: str
    pad_value: int
    interpolation: dict[str, str]
    levels: tuple[dict[str, int], ...]
    usual_threshold: float
    postprocessing: dict[str, Any]
    categories: tuple[str, ...]
    category_ids: tuple[int, ...]
    system: str
    dialect: str | None
    licence: str
    weights_sha256: str
    boxwright_version: str
    card: dict[str, Any]

    @property
    def suppresses(self) -> bool:
        """Whether repeated boxes are removed in the graph."""
        return self.nms == "graph"

    @property
    def takes_bytes(self) -> bool:
        """Whether pixels come in as bytes."""
        return self.input == "uint8"

    def to_json(self, *, indent: int | None = None) -> str:
        """Writes it as JSON.

        Args:
            indent: Spaces, for people.
        """
        values = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(values, ensure_ascii=True, indent=indent)

    def model_card(self, path: Path) -> ModelCard:
        """Gives the card of the model.

        Args:
            path: Of the file, for errors.

        Raises:
            DataError: It is not one.
        """
        try:
            return card_from(self.card)
        except DataError as error:
            raise DataError(f"{path} {error}") from error


def read_description(text: str | None, path: Path) -> ProgramDescription:
    """Reads what a file says about itself.

    Args:
        text: From its metadata; None if it says nothing.
        path: Of the file, for errors.

    Raises:
        DataError: It is no file of boxwright, or of a newer one.
    """
    if text is None:
        raise DataError(
            f"{path} does not say what it is: it has no metadata of boxwright, so neither the meaning of its outputs "
            f"nor its categories are known. {_CURE}"
        )
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: what the file says about itself is no JSON ({error}). {_CURE}") from error
    if not isinstance(values, Mapping) or values.get("format") != FORMAT:
        raise DataError(f"{path}: what the file says about itself is not of boxwright. {_CURE}")
    version = values.get("format_version")
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise DataError(
            f"{path} has format version {version}, this boxwright reads up to {FORMAT_VERSION}; it was written by "
            f"boxwright {values.get('boxwright_version')}. Upgrade boxwright to at least that."
        )
    names = [each.name for each in fields(ProgramDescription)]
    lacking = [name for name in names if name not in values]
    if lacking:
        raise DataError(f"{path}: what the file says about itself lacks {', '.join(lacking)}. {_CURE}")
    return _checked({name: _tupled(values[name]) for name in names}, path)


def _checked(values: dict[str, Any], path: Path) -> ProgramDescription:
    """Raises an error where a value cannot be what it should."""
    for name, value in values.items():
        if not VALUES[name](value):
            raise _impossible(path, name, value)
    said = values["postprocessing"]
    lacking = [name for name in POSTPROCESSING if name not in said]
    if lacking:
        raise DataError(f"{path}: the postprocessing in its description lacks {', '.join(lacking)}. {_CURE}")
    for name, test in POSTPROCESSING.items():
        if not test(said[name]):
            raise _impossible(path, f"postprocessing.{name}", said[name])
    return ProgramDescription(**values)


def _impossible(path: Path, name: str, value: object) -> DataError:
    found = bounded(repr(value), LONGEST_NAME)
    return DataError(f"{path} says that {name} is {found}, which it cannot be. Do not trust it.")


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
