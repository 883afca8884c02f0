"""What an evaluation found out, as numbers, as a table and as JSON."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from boxwright.errors import counted
from boxwright.evaluation.threshold_curve import LEAST_F1, THRESHOLDS, ThresholdCurve
from boxwright.lettering.columns import shown_width, to_left, to_right
from boxwright.lettering.visible import visible
from boxwright.systems.model_card import UNMEASURED_THRESHOLD

RECALL_POINTS = 101
BEST = ("threshold", "F1", "precision", "recall")
"""What the table says of each class at the threshold of the score that is best for it."""


@dataclass(frozen=True, slots=True)
class ClassReport:
    """The numbers of one class; NaN where the class has no objects to find.

    Args:
        name: The category.
        ap: Mean of the average precisions at IoU 0.5, 0.55 … 0.95.
        ap50: Average precision at IoU 0.5.
        num_targets: Objects to find, ignored regions not counted.
        precision: The curve at IoU 0.5, made monotone as COCO does, at recalls 0, 0.01 … 1.
        by_threshold: Precision, recall and F1 over the threshold of the score, where they are known.
    """

    name: str
    ap: float
    ap50: float
    num_targets: int
    precision: Float64[np.ndarray, "recalls"]
    by_threshold: ThresholdCurve | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """COCO numbers of a whole data set.

    A number is NaN where nothing could be measured: no object of that class or size in the whole set. COCO writes
    -1 there; NaN cannot be mistaken for a bad model. In JSON it is null, in the table a dash. Classes without
    objects do not enter the overall numbers.

    Args:
        ap: Mean average precision over classes and IoU 0.5, 0.55 … 0.95.
        ap50: At IoU 0.5.
        ap75: At IoU 0.75.
        ap_small: Objects under 32² pixels.
        ap_medium: Objects from 32² to 96² pixels.
        ap_large: Objects over 96² pixels.
        ar_1: Mean recall with the best detection of each class and image.
        ar_10: Mean recall with the best 10.
        ar_max: Mean recall with the best `max_detections`.
        per_class: One entry per category, in category order.
        max_detections: Detections per class and image that count; COCO uses 100.
        num_images: Images evaluated.
        num_targets: Objects to find, ignored regions not counted.
        num_detections: Detections given, before any limit.
        masks: The same numbers with masks compared instead of boxes, or None where there were none.
        num_over_limit: Images with more objects than detections count, so that not all can be found.
        most_per_image: Detections that the detector gives of one image, if that is known.
        by_threshold: Means over the classes with objects of precision, recall and F1 over the threshold of the score.
    """

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar_1: float
    ar_10: float
    ar_max: float
    per_class: tuple[ClassReport, ...]
    max_detections: int
    num_images: int
    num_targets: int
    num_detections: int
    masks: "Report | None" = None
    num_over_limit: int = 0
    most_per_image: int | None = None
    by_threshold: ThresholdCurve | None = None

    @property
    def best_threshold(self) -> float | None:
        """The threshold of the score with the highest mean F1 of the classes; of masks where they are compared."""
        curve = (self.masks or self).by_threshold
        return None if curve is None else curve.best_threshold

    @property
    def recall(self) -> Float64[np.ndarray, "recalls"]:
        """The recalls at which the precision curves are given."""
        return np.linspace(0.0, 1.0, RECALL_POINTS)

    @property
    def numbers(self) -> dict[str, float]:
        """The overall numbers by name, in COCO order; those of masks follow as `mask_ap`, `mask_ap50` …."""
        names = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar_max")
        own = {name: getattr(self, name) for name in names}
        return own if self.masks is None else {**own, **{f"mask_{name}": getattr(self.masks, name) for name in names}}

    @property
    def limit_line(self) -> str:
        """Says that not every object can be found, where that is so; else nothing."""
        if not self.num_over_limit:
            return ""
        found = "" if self.most_per_image is None else f", of {self.most_per_image} that the detector gives"
        return (
            f"AP counts at most {counted(self.max_detections, 'detection')} per image and category{found}; "
            f"{self.num_over_limit} of {counted(self.num_images, 'image')} "
            f"{'has' if self.num_over_limit == 1 else 'have'} more objects. Raise max_detections to count them."
        )

    @property
    def threshold_line(self) -> str:
        """Says that no threshold of the score is the best, where that is so; else nothing."""
        compared = self.masks or self
        if compared.by_threshold is None or not compared.num_targets or self.best_threshold is not None:
            return ""
        highest = float(compared.by_threshold.f1.max())
        return (
            f"No threshold of the score is the best: F1 is at most {highest:.3f}, and below {LEAST_F1} it is chance. "
            f"Prediction takes {UNMEASURED_THRESHOLD} until a better model is measured."
        )

    def table(self) -> str:
        """Writes the numbers as aligned text: overall, then class by class; of boxes, then of masks."""
        numbers = {"image": self.num_images, "object": self.num_targets, "detection": self.num_detections}
        counts = ", ".join(counted(number, word) for word, number in numbers.items())
        counts += f"\n{self.limit_line}" if self.limit_line else ""
        last = ("", self.threshold_line) if self.threshold_line else ()
        if self.masks is None:
            return "\n".join((counts, "", self._body(), *last))
        return "\n".join((counts, "", "boxes", self._body(), "", "masks", self.masks._body(), *last))

    def _body(self) -> str:
        overall = [
            (f"AP {label}", _three_digits(self.numbers[key]))
            for label, key in (
                ("50:95", "ap"),
                ("50", "ap50"),
                ("75", "ap75"),
                ("small", "ap_small"),
                ("medium", "ap_medium"),
                ("large", "ap_large"),
            )
        ]
        recalls = {"1": self.ar_1, "10": self.ar_10, str(self.max_detections): self.ar_max}
        overall += [(f"AR {most}", _three_digits(value)) for most, value in recalls.items()]
        rows = [
            (
                row.name,
                str(row.num_targets),
                _three_digits(row.ap),
                _three_digits(row.ap50),
                *_at_best(row.by_threshold),
            )
            for row in self.per_class
        ]
        means = (_three_digits(self.ap), _three_digits(self.ap50), *_at_best(self.by_threshold))
        rows.append(("all", str(self.num_targets), *means))
        head = ("class", "objects", "AP", "AP50", *(BEST if self.by_threshold is not None else ()))
        return "\n".join([*_aligned(list(zip(*overall, strict=True))), "", *_aligned([head, *rows])])

    def to_dict(self) -> dict[str, Any]:
        """Gives everything as values that JSON knows; NaN becomes None. Masks have the same keys under `masks`."""
        return {
            **{name: _or_none(value) for name, value in replace(self, masks=None).numbers.items()},
            "max_detections": self.max_detections,
            "num_over_limit": self.num_over_limit,
            "most_per_image": self.most_per_image,
            "num_images": self.num_images,
            "num_targets": self.num_targets,
            "num_detections": self.num_detections,
            "recall": self.recall.tolist(),
            **({} if self.by_threshold is None else {"score_thresholds": THRESHOLDS.tolist()}),
            **_threshold_values(self.by_threshold),
            "per_class": [
                {
                    "name": row.name,
                    "ap": _or_none(row.ap),
                    "ap50": _or_none(row.ap50),
                    "num_targets": row.num_targets,
                    "precision": [_or_none(value) for value in row.precision.tolist()],
                    **_threshold_values(row.by_threshold),
                }
                for row in self.per_class
            ],
            **({} if self.masks is None else {"masks": self.masks.to_dict()}),
        }

    def summary(self, data: str | None) -> dict[str, Any]:
        """Gives what a model file keeps of it, as values that JSON knows: no curves, but the best thresholds.

        Args:
            data: What was measured on, in words.
        """
        own = {name: _or_none(value) for name, value in self.numbers.items()}
        counts = {"num_images": self.num_images, "num_targets": self.num_targets}
        rows = [
            {
                "name": row.name,
                "num_targets": row.num_targets,
                "ap": _or_none(row.ap),
                "ap50": _or_none(row.ap50),
                "best_threshold": None if curve is None else curve.best_threshold,
            }
            for row, curve in zip(self.per_class, self._class_curves(), strict=True)
        ]
        limits = {"max_detections": self.max_detections, "best_threshold": self.best_threshold}
        return {"data": data, **counts, **limits, **own, "per_class": rows}

    def _class_curves(self) -> list[ThresholdCurve | None]:
        return [row.by_threshold for row in (self.masks or self).per_class]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _at_best(curve: ThresholdCurve | None) -> tuple[str, ...]:
    """Writes the best threshold, and what it gives; nothing where no curve is known."""
    if curve is None:
        return ()
    if curve.best is None:
        return ("–",) * len(BEST)
    values = (values[curve.best] for values in (curve.f1, curve.precision, curve.recall))
    return (f"{THRESHOLDS[curve.best]:.2f}", *map(_three_digits, values))


def _threshold_values(curve: ThresholdCurve | None) -> dict[str, Any]:
    if curve is None:
        return {}
    columns = {"precision": curve.precision, "recall": curve.recall, "f1": curve.f1}
    by_name = {f"{name}_by_threshold": [_or_none(value) for value in row] for name, row in columns.items()}
    return {"best_threshold": curve.best_threshold, **by_name}


def _three_digits(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lays out rows of cells: the first column to the left where it holds names, the others to the right."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(shown_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    named = rows[0][0] == "class"
    return [
        "  ".join(
            to_left(cell, width) if named and column == 0 else to_right(cell, width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
