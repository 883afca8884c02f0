"""Starting a training from the weights of a model, class by class."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from boxwright.errors import ConfigError, counted
from boxwright.lettering.visible import visible
from boxwright.models.class_rows import ClassRows
from boxwright.models.level_names import at_levels_of
from boxwright.systems import ModelCard, System
from boxwright.systems.model_card import UNKNOWN_LICENCE
from boxwright.systems.published import UnknownNetworkError
from boxwright.systems.published.backbone_start import started_backbone
from boxwright.systems.published.backbone_weights import backbone_weights
from boxwright.training.occasion import Beginning
from boxwright.training.weights_read import WeightsRead

MAX_LISTED = 10


@dataclass(frozen=True, slots=True)
class Start:
    """A system that starts from weights.

    Args:
        system: With the weights in its detector, and what they expect of the images.
        text: What was taken over, in words.
        provenance: Where the weights come from, as the models of the training will say.
        licence: Of the weights.
        beginning: What they are weights of.
    """

    system: System
    text: str
    provenance: dict[str, Any]
    licence: str = UNKNOWN_LICENCE
    beginning: Beginning = "nothing"


@dataclass(frozen=True, slots=True)
class _TakenOver:
    """Tensors to load by name, which of them are only in part those of the model, and what of it is not used."""

    tensors: dict[str, Tensor]
    in_part: list[str]
    has_classes: bool
    unused: list[str]


def start_from(system: System, categories: Sequence[str], weights: WeightsRead) -> Start:
    """Takes over every weight that fits by name and shape, those of the classes by the names of the classes.

    Args:
        system: Whose detector gets the weights.
        categories: That it shall find, by label.
        weights: Of a detector, or of a backbone.

    Returns:
        The system as it starts, and what was taken over.

    Raises:
        ConfigError: Nothing fits.
        UnknownNetworkError: The weights are those of another backbone, or of no network that is known.
    """
    if weights.backbone is not None:
        return _from_backbone(system, weights.name, weights.backbone)
    source, card = weights.system, weights.card
    assert source is not None
    assert card is not None
    labels = matching_classes(categories, card.categories)
    found = _fitting(system.detector, source.detector, labels)
    if not found.tensors:
        raise ConfigError(
            f"weights: nothing of {weights.name} ({card.system}) fits {system.name}. Use a model of the system."
        )
    system.detector.load_state_dict(found.tensors, strict=False)
    text = (
        f"{_said_of_tensors(system.detector, found, weights.name)} {_said_of_classes(categories, card, labels, found)}"
    )
    provenance = {"weights": Path(weights.name).name, **card.provenance} | {
        "taken over": f"{counted(len(found.tensors), 'tensor')}"
    }
    has_backbone = all(f"backbone.{name}" in found.tensors for name in system.detector.backbone.state_dict())
    expected = source.normalization if has_backbone else system.normalization
    return Start(replace(system, normalization=expected), f" {text}", provenance, card.licence, "detector")


def _from_backbone(system: System, name: str, weights: UnknownNetworkError) -> Start:
    """Takes over the weights of a classifier; all else is new, and so the recipe is as ever."""
    take = backbone_weights if weights.card is None else started_backbone
    found = take(system.detector.backbone, weights.tensors)
    if found is None:
        raise weights
    system.detector.backbone.load_state_dict(found, strict=False)  # all of it, unless something is new
    text = f" The backbone starts from {name}: {counted(len(found), 'tensor')}."
    return Start(system, text, weights.provenance, weights.licence, "backbone")


def matching_classes(own: Sequence[str], given: Sequence[str]) -> dict[int, int]:
    """Finds the classes that two lists have in common: of the same name, else but for case, width and white space.

    A name that a list has twice stands for no class in particular; it matches only where both lists are the same.

    Args:
        own: Names by label.
        given: Names by label of the other.

    Returns:
        Own label → label of the other.
    """
    if tuple(own) == tuple(given):
        return {label: label for label in range(len(own))}
    exact = _pairs(dict(enumerate(own)), dict(enumerate(given)))
    rest = {label: _folded(name) for label, name in enumerate(own) if label not in exact}
    others = {label: _folded(name) for label, name in enumerate(given) if label not in exact.values()}
    return dict(sorted((exact | _pairs(rest, others)).items()))


def _pairs(own: dict[int, str], given: dict[int, str]) -> dict[int, int]:
    """Pairs the labels of names that occur once on each side."""
    counts = Counter(own.values()), Counter(given.values())
    by_name = {name: label for label, name in given.items()}
    return {label: by_name[name] for label, name in own.items() if counts[0][name] == 1 and counts[1].get(name, 0) == 1}


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _fitting(own: nn.Module, source: nn.Module, labels: dict[int, int]) -> _TakenOver:
    strides = _strides(source), _strides(own)
    mine, given = own.state_dict(), at_levels_of(source.state_dict(), *strides)
    layers, others = _class_layers(own), at_levels_of(_class_layers(source), *strides)
    tensors = {
        name: given[name]
        for name, value in mine.items()
        if name in given and given[name].shape == value.shape and name.rpartition(".")[0] not in layers | others
    }
    in_part: list[str] = []
    has_classes = False
    for layer, rows in layers.items():
        names = [name for name in mine if name.rpartition(".")[0] == layer and others.get(layer) == rows]
        mixed = {name: rows.taken_over(mine[name], given[name], labels) for name in names}
        found = {name: value for name, value in mixed.items() if value is not None}
        if not found or len(found) < len(mixed):  # a weight without its bias means nothing
            continue
        tensors |= found
        has_classes = True
        if len(labels) < len(mine[names[0]]) // rows.groups - rows.offset:
            in_part += names
    unused = [name for name in given if name not in tensors]
    return _TakenOver(tensors, in_part, has_classes, unused)


def _class_layers(detector: nn.Module) -> dict[str, ClassRows]:
    """Gives the layers of a detector that predict classes, by name."""
    head = detector.get_submodule("head")
    layers: dict[str, ClassRows] = head.class_layers()  # type: ignore[operator]
    return {f"head.{name}": rows for name, rows in layers.items()}


def _strides(detector: nn.Module) -> tuple[int, ...]:
    """Gives those of the backbone; one of somebody's own need not say them."""
    return tuple(getattr(detector.get_submodule("backbone"), "strides", ()))


def _said_of_tensors(detector: nn.Module, found: _TakenOver, weights: str) -> str:
    own = detector.state_dict()
    fresh = [name for name in own if name not in found.tensors]
    part = f", and {len(found.in_part)} in part" if found.in_part else ""
    first = f"{len(found.tensors) - len(found.in_part)} of {len(own)} tensors start from {weights}{part}."
    return f"{first} Fresh: {_counted_places(fresh)}. Unused: {_counted_places(found.unused)}."


def _counted_places(names: Sequence[str]) -> str:
    """Counts tensors, and says in which parts of the network they lie."""
    if not names:
        return "none"
    places = Counter(".".join(name.split(".")[:2]) for name in names)
    return f"{len(names)} ({_listed([f'{place} {count}' for place, count in places.items()])})"


def _said_of_classes(own: Sequence[str], card: ModelCard, labels: dict[int, int], found: _TakenOver) -> str:
    given = card.categories
    if labels and not found.has_classes:
        return (
            f"0 of {counted(len(own), 'class', 'classes')} taken over; new: {_listed(own)}. Its class layer has "
            "another shape."
        )
    if tuple(own) == tuple(given) and labels:
        return f"{'The class is' if len(own) == 1 else f'All {len(own)} classes are'} taken over."
    taken = [
        name if name == given[labels[label]] else f"{name} (there {given[labels[label]]!r})"
        for label, name in enumerate(own)
        if label in labels
    ]
    new = [name for label, name in enumerate(own) if label not in labels]
    unused = [name for label, name in enumerate(given) if label not in labels.values()]
    which = f": {_listed(taken)}" if taken else ""
    rest = "".join(f"; {word}: {_listed(names)}" for word, names in (("new", new), ("unused", unused)) if names)
    return f"{len(taken)} of {counted(len(own), 'class', 'classes')} taken over by name{which}{rest}."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MAX_LISTED
    return ", ".join(visible(name) for name in names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
