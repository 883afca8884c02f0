"""Finding what a model does wrong."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from boxwright.evaluation.compared_image import ComparedImage
from boxwright.evaluation.compared_image import Kind as ComparedKind
from boxwright.evaluation.counted_detections import CountedDetections, counted_detections
from boxwright.evaluation.errors.confusion import Confusion
from boxwright.evaluation.errors.detection_error import KINDS, Box, DetectionError, Kind
from boxwright.evaluation.matching import match
from boxwright.evaluation.overlap_pairs import OverlapPairs, overlap_pairs

FOUND, NEAR = 0.5, 0.1
"""Overlaps from which a target is found, and from which a box is a poor one rather than a false alarm."""


@dataclass(frozen=True, slots=True)
class ErrorSurvey:
    """What a model does wrong in a data set, with detections above a threshold.

    Args:
        threshold: Of the score.
        errors: Image by image.
        right: Targets that were found, by label.
    """

    threshold: float
    errors: tuple[DetectionError, ...]
    right: dict[int, int]

    @property
    def counts(self) -> dict[str, int]:
        """Number of errors by kind."""
        found = Counter(error.kind for error in self.errors)
        return {kind: found[kind] for kind in KINDS}

    @property
    def per_image(self) -> Counter[int]:
        """Number of errors by the id of the image; images without any are not in it."""
        return Counter(error.image_id for error in self.errors)

    @property
    def confusion(self) -> Confusion:
        """Which class is taken for which."""
        return Confusion(self.right, self.errors)

    @property
    def line(self) -> str:
        """The counts in words."""
        counts = ", ".join(f"{kind} {count}" for kind, count in self.counts.items())
        return f"errors of detections with a score over {self.threshold:g}: {counts}"


def find_errors(images: Sequence[tuple[int, ComparedImage]], threshold: float) -> ErrorSurvey:
    """Looks at every target and every detection above a threshold.

    Detections find targets of their class as in AP50: from the best score down, at IoU 0.5, what lies in ignored
    regions does not count. Of the others, the better ones first, those that lie on a target of another class that
    nobody found have the wrong class; those on a target that somebody found are doubles. A box that overlaps a target
    of its class by 0.1 to 0.5 is a poor box of it. The rest is false alarms, and what no detection answers for is
    missed. Where all images have masks, these are compared instead of boxes.

    Args:
        images: Ids and contents.
        threshold: Only detections with a higher score.
    """
    contents = [image for _, image in images]
    kind: ComparedKind = "segm" if contents and all(image.masks is not None for image in contents) else "bbox"
    columns = counted_detections(contents, kind, most=max([len(image.scores) for image in contents], default=1))
    shown = columns.scores > float(np.float32(threshold))
    pairs = overlap_pairs(contents, kind, shown, NEAR, of_any_class=True)
    search = _Search(columns, pairs)
    search.find_right()
    search.find_wrong(shown)
    return ErrorSurvey(threshold, tuple(_in_words(images, columns, search)), search.right_by_label())


@dataclass
class _Search:
    """Who answers for what; detections and targets are numbered through all images."""

    columns: CountedDetections
    pairs: OverlapPairs
    right: dict[int, int] = field(default_factory=dict)  # detection → target
    passed_over: set[int] = field(default_factory=set)  # detections in ignored regions
    wrong: dict[int, tuple[Kind, int | None, float | None]] = field(
        default_factory=dict
    )  # detection → kind, target, overlap
    answered: set[int] = field(default_factory=set)  # targets

    def find_right(self) -> None:
        columns, pairs = self.columns, self.pairs
        same = columns.labels[pairs.detection] == columns.target_labels[pairs.target]
        chosen = pairs.rows(same & (pairs.overlap >= FOUND))
        candidates, found = match(chosen, columns.rank, columns.crowd, columns.crowd[:, None], np.array([FOUND]))
        for detection, target in zip(candidates.tolist(), found[:, 0, 0].tolist(), strict=True):
            if target >= 0 and columns.crowd[target]:
                self.passed_over.add(detection)
            elif target >= 0:
                self.right[detection] = target
        self.answered.update(self.right.values())

    def find_wrong(self, shown: np.ndarray) -> None:
        rest = [d for d in np.flatnonzero(shown).tolist() if d not in self.right and d not in self.passed_over]
        rest.sort(key=lambda detection: -self.columns.scores[detection])
        near = self._near(set(rest))
        labels, target_labels = self.columns.labels, self.columns.target_labels
        for detection in rest:
            self._take(detection, "wrong class", [p for p in near[detection] if p[1] >= FOUND])
        for detection in rest:
            on_target = [pair for pair in near[detection] if pair[1] >= FOUND]
            if detection not in self.wrong and on_target:
                self.wrong[detection] = ("double", *on_target[0])
        for detection in rest:
            own = [p for p in near[detection] if target_labels[p[0]] == labels[detection]]
            if not self._take(detection, "poor box", own):
                self.wrong.setdefault(detection, ("false alarm", None, None))

    def _take(self, detection: int, kind: Kind, near: list[tuple[int, float]]) -> bool:
        """Makes a detection answer for the first of some targets that is free."""
        target = next((pair for pair in near if pair[0] not in self.answered), None)
        if detection in self.wrong or target is None:
            return detection in self.wrong
        self.wrong[detection] = (kind, *target)
        self.answered.add(target[0])
        return True

    def _near(self, rest: set[int]) -> defaultdict[int, list[tuple[int, float]]]:
        """Lists the targets that count near every detection, the nearest first."""
        near: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        columns = (self.pairs.detection[::-1], self.pairs.target[::-1], self.pairs.overlap[::-1])
        for detection, target, overlap in zip(*(column.tolist() for column in columns), strict=True):
            if detection in rest and not self.columns.crowd[target]:
                near[detection].append((target, overlap))
        return near

    def right_by_label(self) -> dict[int, int]:
        return dict(Counter(self.columns.target_labels[list(self.right.values())].tolist()))


def _in_words(
    images: Sequence[tuple[int, ComparedImage]], columns: CountedDetections, search: _Search
) -> list[DetectionError]:
    """Describes every error, image by image, misses first."""
    first_detection = np.cumsum([0, *(len(image.scores) for _, image in images)]).tolist()
    first_target = np.cumsum([0, *(len(image.target_labels) for _, image in images)]).tolist()
    by_image: list[list[DetectionError]] = [[] for _ in images]
    for target in np.flatnonzero(~columns.crowd).tolist():
        if target not in search.answered:
            place = int(columns.target_image[target])
            number, image = images[place]
            values = _of_target(image, target - first_target[place])
            by_image[place].append(DetectionError("miss", number, image.name, **values))
    for detection, (kind, near, overlap) in search.wrong.items():
        place = int(columns.image[detection])
        number, image = images[place]
        values = {"area": float(columns.areas[detection]), **_of_detection(image, detection - first_detection[place])}
        if near is not None:
            values |= {"overlap": overlap, **_of_target(image, near - first_target[place])}
        by_image[place].append(DetectionError(kind, number, image.name, **values))
    return [error for of_image in by_image for error in of_image]


def _of_target(image: ComparedImage, row: int) -> dict[str, Any]:
    box, label = _xyxy(image.target_boxes[row]), int(image.target_labels[row])
    return {"area": float(image.target_areas[row]), "true_box": box, "true_label": label}


def _of_detection(image: ComparedImage, row: int) -> dict[str, Any]:
    box, label = _xyxy(image.boxes[row]), int(image.labels[row])
    return {"found_box": box, "found_label": label, "score": float(image.scores[row])}


def _xyxy(box: np.ndarray) -> Box:
    x, y, width, height = box.tolist()
    return (x, y, x + width, y + height)
