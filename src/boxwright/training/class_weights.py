"""The weights of classes that a training asks for, put into the class loss of its system."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from boxwright.criterion import Criterion, CriterionLike, DualCriterion
from boxwright.data import Dataset
from boxwright.errors import ConfigError, unknown_name
from boxwright.systems import System

Asked = Mapping[str, Any] | Literal["balanced"] | None


def class_weights_of(asked: Asked, data: Dataset) -> tuple[float, ...] | None:
    """Gives a weight for every label.

    Args:
        asked: By the name of the class, 1 for those left out; "balanced"; or None for no weights.
        data: To train on.

    Raises:
        ConfigError: The data has no class of such a name.
    """
    if asked is None:
        return None
    if asked == "balanced":
        return balanced_weights(object_counts(data))
    assert isinstance(asked, Mapping)
    for name in map(str, asked):
        if name not in data.categories:
            raise ConfigError(f"class_weights: {unknown_name('class', name, data.categories)}")
    weights = {str(name): float(weight) for name, weight in asked.items()}
    return tuple(weights.get(name, 1.0) for name in data.categories)


def object_counts(data: Dataset) -> list[int]:
    """Counts the objects of every class, without ignored regions.

    Args:
        data: Of which only the annotations are read.
    """
    counts = np.zeros(len(data.categories), np.int64)
    for position in range(len(data)):
        truth = data.truth(position)
        counts += np.bincount(truth.labels[~truth.ignore].numpy(), minlength=len(counts))
    return [int(count) for count in counts]


def balanced_weights(counts: list[int]) -> tuple[float, ...]:
    """Gives N / (C · n) to a class of n objects, of N objects of the C classes that occur; 1 to one without objects.

    So all classes together weigh as much as without weights, and each of them the same.

    Source: King and Zeng, "Logistic Regression in Rare Events Data", 2001, section 4.1, for several classes: the
    "balanced" of scikit-learn.

    Args:
        counts: Objects by label.
    """
    classes, objects = sum(count > 0 for count in counts), sum(counts)
    return tuple(objects / (classes * count) if count else 1.0 for count in counts)


def with_class_weights(system: System, weights: tuple[float, ...] | None) -> System:
    """Gives a system whose class loss counts the objects of each class by its weight.

    Args:
        system: To train.
        weights: By label; None for the system as it is.

    Raises:
        ConfigError: It has no class loss that could.
    """
    if weights is None:
        return system
    return dataclasses.replace(system, criterion=_weighted(system.criterion, weights, system.name))


def _weighted(criterion: CriterionLike, weights: tuple[float, ...], system: str) -> CriterionLike:
    if isinstance(criterion, DualCriterion):
        return DualCriterion(*(_weighted(half, weights, system) for half in (criterion.many, criterion.one)))
    terms = criterion.terms if isinstance(criterion, Criterion) else ()
    if not any(hasattr(term, "class_weights") for term in terms):
        why = (
            "with one class its objectness says everything"
            if any(term.name == "objectness" for term in terms)
            else "its criterion is your own. Weigh the classes there"
        )
        raise ConfigError(f"class_weights: {system} has no class loss to weigh: {why}. Leave them out.")
    assert isinstance(criterion, Criterion)
    weighted = tuple(
        dataclasses.replace(term, class_weights=weights) if hasattr(term, "class_weights") else term  # type: ignore[type-var]
        for term in terms
    )
    return dataclasses.replace(criterion, terms=weighted)


def said_of_class_weights(weights: tuple[float, ...] | None, data: Dataset) -> str:
    """Says how much each class counts; nothing where all count alike.

    Args:
        weights: By label.
        data: Has the names.
    """
    if weights is None:
        return ""
    listed = ", ".join(f"{name} {weight:.3g}" for name, weight in zip(data.categories, weights, strict=True))
    return f"\nWeights of the classes: {listed}."
