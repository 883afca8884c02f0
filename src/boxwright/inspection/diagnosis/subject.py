"""What is diagnosed: a system with its options, on a canvas, fresh or as trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from pathlib import Path
from typing import Any

import torch

from boxwright.criterion import CriterionLike
from boxwright.errors import ConfigError, counted
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference import check_canvas
from boxwright.models import load_weights
from boxwright.settings.parts.choice import named_system
from boxwright.systems import (
    ModelCard,
    System,
    build_system,
    default_canvas,
    has_masks,
    load_model,
    read_card,
    system_options,
    with_parts,
)

DEFAULT_SYSTEM = "yolov8n"
_OF_ASSIGNER = ("guarantee", "dialect", "anchor_threshold")


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
        own: A system that exists in Python, in place of that of the catalogue.
        parts: Parts in place of the system's own, see `with_parts`.
        shown: Name in tables, if it is not that of the catalogue.
        runs_own: Whether parts of the user's are imported; a checkpoint may name them, but not run them.
    """

    name: str
    canvas_size: tuple[int, int]
    options: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Path | None = None
    seed: int = 0
    assigner: Mapping[str, Any] = field(default_factory=dict)
    own: System | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    shown: str = ""
    runs_own: bool = True

    @property
    def title(self) -> str:
        """Name and canvas, as tables show them."""
        height, width = self.canvas_size
        name = self.shown or self.name
        return f"{name} @ {height}" if height == width else f"{name} @ {height} × {width}"

    @property
    def weights(self) -> str:
        """Where the weights come from, in words."""
        if self.own is not None:
            return "as given"
        return f"new, seed {self.seed}" if self.checkpoint is None else str(self.checkpoint)

    def option(self, name: str) -> Any:
        """Gives an option, or its default; None if it has none, cannot be built with another, or it would do nothing.

        Args:
            name: Of the option.
        """
        if self.own is not None or (name in _OF_ASSIGNER and "assigner" in self.parts):
            return None
        return {**system_options(self.name), **self.options}.get(name)

    @property
    def has_masks(self) -> bool:
        """Whether the system segments."""
        return has_masks(self.name) if self.own is None else self.own.mask_stride is not None

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
        system = self._built(num_classes, has_weights) if self.own is None else _fitting(self.own, num_classes)
        check_canvas(system, self.canvas_size)
        if self.assigner:
            system = replace(system, criterion=_changed(system.criterion, self.assigner))
        if self.checkpoint is not None and has_weights:
            trained, _ = load_model(self.checkpoint)
            load_weights(system.detector, trained.detector.state_dict())
        return system

    def _built(self, num_classes: int, has_weights: bool) -> System:
        with torch.random.fork_rng(devices=[]), torch.device("cpu" if has_weights else "meta"):
            torch.manual_seed(self.seed)
            system = build_system(self.name, num_classes, **self.options)
        return with_parts(system, self.parts, runs_own=self.runs_own)


def _changed(criterion: CriterionLike, settings: Mapping[str, Any]) -> CriterionLike:
    """Gives a criterion with other settings of its assigner."""
    for part in (criterion, criterion.assigner):
        if not is_dataclass(part):
            raise ConfigError(
                f"{type(part).__name__} is no dataclass, so {dict(settings)} cannot be set. "
                "Give a system whose criterion, and the assigner in it, are dataclasses."
            )
    assigner = replace(criterion.assigner, **settings)  # type: ignore[type-var]
    return replace(criterion, assigner=assigner)  # type: ignore[type-var]


def _fitting(system: System, num_classes: int) -> System:
    """Gives the system, if it is one for the data."""
    if system.num_classes != num_classes:
        raise ConfigError(
            f"{system.name} has {counted(system.num_classes, 'class', 'classes')}, the data set has {num_classes}. "
            "Build it with "
            f"num_classes={num_classes}."
        )
    return system


def plan_subjects(
    systems: str | System | Sequence[str | System],
    canvas: int | tuple[int, int] | None,
    checkpoint: str | Path | None,
    options: Mapping[str, Any],
    seed: int,
) -> list[Subject]:
    """Decides what is diagnosed: each system once, the one of the checkpoint with its weights, options and canvas.

    Args:
        systems: Names, or systems that exist in Python; none means that of the checkpoint, or yolov8n.
        canvas: Side in pixels, or height and width; None for that of the training or of the system.
        checkpoint: Model file or run directory.
        options: Of all the systems.
        seed: Of new weights.

    Raises:
        ConfigError: The checkpoint is of none of the systems, or a system is unknown.
    """
    model = None if checkpoint is None else Path(checkpoint)
    card = None if model is None else read_card(model)
    asked = [systems] if isinstance(systems, str | System) else systems
    owned = [system for system in asked if isinstance(system, System)]
    texts = list(dict.fromkeys(system for system in asked if isinstance(system, str)))
    if not owned:
        texts = texts or [DEFAULT_SYSTEM if card is None else card.system]
    names = [named_system(text)[0] for text in texts]
    for name in names:
        system_options(name)
    if card is not None and card.system not in names:
        raise ConfigError(
            f"{checkpoint} is a {card.system}, but the systems are {', '.join(names)}. Name {card.system} too, or "
            "leave the checkpoint out."
        )
    planned = [_planned(text, canvas, model, card, options, seed) for text in texts]
    sides = {system.name: canvas_pair(default_canvas(system.name) if canvas is None else canvas) for system in owned}
    return [*planned, *(Subject(own.name, sides[own.name], own.options, own=own) for own in owned)]


def _planned(
    text: str,
    canvas: int | tuple[int, int] | None,
    checkpoint: Path | None,
    card: ModelCard | None,
    options: Mapping[str, Any],
    seed: int,
) -> Subject:
    name, parts = named_system(text)
    how: dict[str, Any] = {"seed": seed, "parts": parts, "shown": text}
    if card is None or card.system != name:
        return Subject(name, canvas_pair(default_canvas(name) if canvas is None else canvas), dict(options), **how)
    how |= {"parts": parts or card.parts, "runs_own": bool(parts)}
    size = card.canvas_size if canvas is None else canvas_pair(canvas)
    return Subject(name, size, {**card.options, **options}, checkpoint, **how)
