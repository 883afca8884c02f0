"""The systems that are compared, each with a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from boxwright.bounded_text import listed
from boxwright.errors import ConfigError, counted, unknown_name
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference import Runner, check_canvas, check_categories
from boxwright.settings.parts.choice import named_system
from boxwright.systems import System, build_system, default_canvas, load_model, system_options, with_parts


@dataclass(frozen=True, slots=True)
class ChosenSystem:
    """A system with a name of its own, ready to run on its canvas.

    Args:
        name: As shown.
        runner: Of the system; the batch norms of a fresh network use the images, as in training.
    """

    name: str
    runner: Runner


def chosen_systems(
    systems: Sequence[str | System],
    models: Sequence[str | Path],
    categories: tuple[str, ...],
    *,
    canvas: int | tuple[int, int] | None,
    options: dict[str, Any],
    seed: int,
    device: torch.device,
) -> list[ChosenSystem]:
    """Builds systems with fresh weights and reads trained ones.

    Args:
        systems: Names of the catalogue, with parts behind a colon, or systems that exist in Python.
        models: Model files or run directories.
        categories: Of the data set.
        canvas: For all of them; the one of each if None.
        options: For every system of the catalogue that knows them.
        seed: Of the fresh weights, the same for each system, whatever others are there.
        device: Where the networks compute.

    Raises:
        ConfigError: A name or an option is unknown, or the canvas does not fit a system.
        DataError: A model cannot be read, or has other categories.
    """
    _check_options(options, [named_system(name)[0] for name in systems if isinstance(name, str)])
    found = []
    for choice in systems:
        system = _fresh(choice, len(categories), options, seed) if isinstance(choice, str) else choice
        _check_classes(system, categories)
        size = canvas_pair(default_canvas(system.name) if canvas is None else canvas)
        found.append((system, size, choice if isinstance(choice, str) else system.name))
    for path in models:
        system, card = load_model(path)
        check_categories(card.categories, categories, str(path))
        size = card.canvas_size if canvas is None else canvas_pair(canvas)
        found.append((system, size, f"{system.name}, {_model_name(Path(path))}"))
    chosen: list[ChosenSystem] = []
    for system, size, name in found:
        _check_fit(system, size)
        runner = Runner(system, size, device=device, is_trained=not system.detector.training)
        chosen.append(ChosenSystem(_numbered(name, [other.name for other in chosen]), runner))
    return chosen


def _fresh(choice: str, num_classes: int, options: dict[str, Any], seed: int) -> System:
    name, parts = named_system(choice)
    known = system_options(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        system = build_system(name, num_classes, **{key: value for key, value in options.items() if key in known})
    return with_parts(system, parts)


def _check_options(options: dict[str, Any], names: Sequence[str]) -> None:
    known = {option for name in names for option in system_options(name)}
    for option in options:
        if option not in known:
            raise unknown_name(f"option of {', '.join(names) or 'no system'}", option, known)


def _check_classes(system: System, categories: tuple[str, ...]) -> None:
    if system.num_classes != len(categories):
        raise ConfigError(
            f"{system.name} has {counted(system.num_classes, 'class', 'classes')}, the data set has {len(categories)}: "
            f"{listed(categories)}. Build it with num_classes={len(categories)}."
        )


def _check_fit(system: System, canvas_size: tuple[int, int]) -> None:
    try:
        check_canvas(system, canvas_size)
    except ConfigError as error:
        raise ConfigError(f"{system.name}, {error} Without a canvas every system has its own.") from error


def _model_name(path: Path) -> str:
    """Names the run of a model where the file is in one, else the file."""
    if path.suffix and path.parent.name == "weights":
        return path.parent.parent.name or path.name
    return path.name


def _numbered(name: str, taken: Sequence[str]) -> str:
    count = 1
    while (numbered := name if count == 1 else f"{name} ({count})") in taken:
        count += 1
    return numbered
