"""Which class is taken for which, with the background as one more."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from jaxtyping import Int64

from boxwright.evaluation.errors.detection_error import DetectionError

Cell = tuple[int | None, int | None]
"""Label of the target and of the detection; None is the background."""


class Confusion:
    """Counts targets by what they were taken for, and detections of nothing.

    A missed target counts as background that was found, a false alarm as background that is there. A poor box is both,
    since it is no detection at IoU 0.5; a double is a false alarm. Only cells with a count are kept, so many classes
    cost nothing.

    Args:
        right: Targets that were found, by label.
        errors: All others, and detections without a target.
    """

    def __init__(self, right: dict[int, int], errors: Iterable[DetectionError]) -> None:
        self.counts: Counter[Cell] = Counter({(label, label): count for label, count in right.items()})
        for error in errors:
            self.counts.update(_cells(error))

    def matrix(self, labels: list[int]) -> Int64[np.ndarray, "classes_and_background classes_and_background"]:
        """Gives the counts among some classes: a row per true class, a column per found one, the background last.

        Args:
            labels: The classes, in the order of rows and columns.
        """
        place: dict[int | None, int] = {label: index for index, label in enumerate(labels)}
        place[None] = len(labels)
        matrix = np.zeros((len(place), len(place)), np.int64)
        for (true, found), count in self.counts.items():
            if true in place and found in place:
                matrix[place[true], place[found]] = count
        return matrix

    def most_confused(self, most: int) -> list[int]:
        """Gives the labels that are in most mistakes, in ascending order.

        Args:
            most: How many.
        """
        mistakes: Counter[int] = Counter()
        for cell, count in self.counts.items():
            for label in {each for each in cell if each is not None}:
                mistakes[label] += count if cell[0] != cell[1] else 0
        return sorted(label for label, _ in mistakes.most_common(most))


def _cells(error: DetectionError) -> list[Cell]:
    if error.kind == "wrong class":
        return [(error.true_label, error.found_label)]
    missed: list[Cell] = [(error.true_label, None)] if error.kind in ("miss", "poor box") else []
    return missed if error.kind == "miss" else [*missed, (None, error.found_label)]
