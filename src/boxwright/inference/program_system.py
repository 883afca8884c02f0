"""Models of every kind, read as a system: files of boxwright and exported ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import ConfigError, DataError
from boxwright.inference.programs.description import ProgramDescription
from boxwright.inference.programs.opening import file_of_program, is_program, open_program
from boxwright.inference.programs.possible_values import POSTPROCESSING
from boxwright.inference.programs.program import Program
from boxwright.postprocessing import Postprocessor
from boxwright.systems import ModelCard, System, load_model


@dataclass(frozen=True, slots=True)
class ProgramSystem(System):
    """A system whose network is an exported file. Its detector has no weights: `program` runs in its place.

    Args:
        path: The file.
        description: What the file says about itself.
        program: Makes what runs the file, for a device.
    """

    path: Path = field(kw_only=True)
    description: ProgramDescription = field(kw_only=True)
    program: Callable[[torch.device], Program] = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class DecodedBoxes:
    """Takes the place of a coder where boxes were decoded before."""

    def decode(self, *, codes: Tensor, priors: Tensor) -> Tensor:
        """Gives the codes, which are boxes.

        Args:
            codes: xyxy in canvas pixels.
            priors: Not needed.
        """
        del priors
        return codes


def scores_as_they_are(scores: Tensor, further: Mapping[str, Tensor] | None = None) -> Tensor:
    """Takes the place of an activation where scores come out of the network.

    Args:
        scores: From 0 to 1.
        further: Not needed.
    """
    del further
    return scores


def load_network(path: str | Path) -> tuple[System, ModelCard]:
    """Reads a model of any kind.

    Args:
        path: As for `load_model`; or an exported file (.onnx, .xml, .pt2), or the folder that an export wrote.

    Raises:
        DataError: It cannot be read; the message says why.
        MissingExtraError: What runs the file is not installed.
    """
    return load_program(path) if is_program(path) else load_model(path)


def load_program(path: str | Path) -> tuple[ProgramSystem, ModelCard]:
    """Reads an exported model.

    Args:
        path: The file, or the folder that the export wrote.

    Raises:
        DataError: It is damaged, or was not written by boxwright.
        MissingExtraError: What runs the file is not installed.
    """
    file = file_of_program(path)
    description, (_, program) = open_program(file)
    card = replace(description.model_card(file), canvas_size=description.canvas_size)  # which may be its only one
    try:
        with torch.device("meta"):
            system = card.build()
    except ConfigError as error:
        raise DataError(f"{file}: {error}") from error
    parts = {name: getattr(system, name) for name in System.__dataclass_fields__}
    parts |= {"postprocessor": _postprocessor(system.postprocessor, description)}
    least = description.postprocessing["score_threshold"]
    if description.suppresses and least > card.usual_threshold:
        card = replace(card, measurements={**card.measurements, "best_threshold": least})
    return ProgramSystem(**parts, path=file, description=description, program=program), card


def _postprocessor(own: Postprocessor, description: ProgramDescription) -> Postprocessor:
    rules: dict[str, Any] = {name: description.postprocessing[name] for name in POSTPROCESSING}
    return replace(own, coder=DecodedBoxes(), activation=scores_as_they_are, **rules)
