"""Where a definition leaves a choice: what comes out differently in another reading of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from conformance.case import Array
from conformance.reference.targets import BACKGROUND, Targets


def ties_between(expected: Mapping[str, Array], readings: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Marks the numbers that are not the same in every reading; outputs without any are left out.

    Args:
        expected: Outputs of the reading that is kept.
        readings: Outputs of the others.
    """
    marks = {
        name: np.any([np.asarray(value != reading[name]) for reading in readings], axis=0)
        for name, value in expected.items()
    }
    return {name: mark for name, mark in marks.items() if mark.any()}


def backwards(targets: Targets) -> Targets:
    """Lists the objects in the opposite order.

    Args:
        targets: The objects.
    """
    return Targets(targets.boxes[::-1], targets.labels[::-1], targets.images[::-1], targets.batch)


def renamed(matched: Array, targets: Targets) -> Array:
    """Names the objects of `backwards` as in the list itself.

    Args:
        matched: Object of each place, or −1.
        targets: The objects.
    """
    return np.where(matched >= 0, len(targets.boxes) - 1 - matched, BACKGROUND)
