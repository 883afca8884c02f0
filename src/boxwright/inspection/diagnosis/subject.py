"""What is diagnosed: a system with its options, on a canvas, fresh or as trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from boxwright.errors import ConfigError
from boxwright.models import load_weights
from boxwright.systems import ModelCard, System, build_system, default_canvas, load_model, read_card, system_options
from boxwright.training.evaluate import canvas_pair, check_canvas

DEFAULT_SYSTEM = "yolov8n"


@dataclass(frozen=True, slots=True)
class Subject:
    """A system as a training would build it.

    Args:
        name: In the catalogue.
        canvas_size: Height and width in pixels.
        options: Of the system; what is left out has its default.
        checkpoint: Model file whose weights it has, or None for those of a new training.
        seed: Of new weights.
        assigner: Fields of the assigner that differ from those of the system.
    """

    name: str
    canvas_size: tuple[int, int]
    options: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Path | None = None
    seed: int = 0
    assigner: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Name and canvas, as tables show them."""
        height, width = self.canvas_size
        return f"{self.name} @ {height}" if height == width else f"{self.name} @ {height} × {width}"

    @property
    def weights(self) -> str:
        """Where the weights come from, in words."""
        return f"new, seed {self.seed}" if self.checkpoint is None else str(self.checkpoint)

    def option(self, name: str) -> Any:
        """Gives an option, or its default; None if the system has no such option.

        Args:
            name: Of the option.
        """
        return {**system_options(self.name), **self.options}.get(name)

    def with_options(self, **options: Any) -> "Subject":
        """Gives the same with other options.

        Args:
            **options: Of the system.
        """
        return replace(self, options={**self.options, **options})

    def build(self, num_classes: int, *, has_weights: bool = True) -> System:
        """Builds the system; its network has the weights that a training with the seed begins with, or the trained.

        Args:
            num_classes: Number of categories of the data.
            has_weights: Whether the network can compute; without weights it is built in no time and needs no memory.

        Raises:
            ConfigError: An option is unknown or impossible, or the canvas does not suit the system.
            DataError: The checkpoint cannot be read, or its weights do not fit the options.
        """
        with torch.random.fork_rng(devices=[]), torch.device("cpu" if has_weights else "meta"):
            torch.manual_seed(self.seed)
            system = build_system(self.name, num_classes, **self.options)
        check_canvas(self.canvas_size, system.max_stride)
        if self.assigner:
            assigner = replace(system.criterion.assigner, **self.assigner)  # type: ignore[type-var]
            system = replace(system, criterion=replace(system.criterion, assigner=assigner))
        if self.checkpoint is not None and has_weights:
            trained, _ = load_model(self.checkpoint)
            load_weights(system.detector, trained.detector.state_dict())
        return system


def plan_subjects(
    systems: str | Sequence[str],
    canvas: int | tuple[int, int] | None,
    checkpoint: str | Path | None,
    options: Mapping[str, Any],
    seed: int,
) -> list[Subject]:
    """Decides what is diagnosed: each system once, the one of the checkpoint with its weights, options and canvas.

    Args:
        systems: Names; none means that of the checkpoint, or yolov8n.
        canvas: Side in pixels, or height and width; None for that of the training or of the system.
        checkpoint: Model file or run directory.
        options: Of all the systems.
        seed: Of new weights.

    Raises:
        ConfigError: The checkpoint is of none of the systems, or a system is unknown.
    """
    model = None if checkpoint is None else Path(checkpoint)
    card = None if model is None else read_card(model)
    names = list(dict.fromkeys([systems] if isinstance(systems, str) else systems)) or [
        DEFAULT_SYSTEM if card is None else card.system
    ]
    for name in names:
        system_options(name)
    if card is not None and card.system not in names:
        raise ConfigError(
            f"{checkpoint} is a {card.system}, but the systems are {', '.join(names)}. Name {card.system} too, or "
            "leave the checkpoint out."
        )
    return [_planned(name, canvas, model, card, options, seed) for name in names]


def _planned(
    name: str,
    canvas: int | tuple[int, int] | None,
    checkpoint: Path | None,
    card: ModelCard | None,
    options: Mapping[str, Any],
    seed: int,
) -> Subject:
    if card is None or card.system != name:
        return Subject(name, canvas_pair(default_canvas(name) if canvas is None else canvas), dict(options), None, seed)
    size = card.canvas_size if canvas is None else canvas_pair(canvas)
    return Subject(name, size, {**card.options, **options}, checkpoint, seed)
