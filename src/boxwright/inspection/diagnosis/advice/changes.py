"""What could be changed about a system so that it serves a data set better."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from json import dumps
from typing import Any

from boxwright.assigners import TASK_ALIGNED_DIALECTS
from boxwright.criterion import FCOS_DIALECTS, RETINANET_DIALECTS, SSD_DIALECTS
from boxwright.data import Dataset
from boxwright.data.anchor_report import measure_anchors, object_sizes, with_fitted
from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey.survey import Survey
from boxwright.systems import default_canvas
from boxwright.systems.level_anchors import level_anchors

CANVAS_FACTORS = (1.5, 2.0)
RATIO_FACTOR = 1.5
LOWER_OVERLAP = 0.1
_DIALECTS = {
    "yolov8": TASK_ALIGNED_DIALECTS,
    "retinanet": RETINANET_DIALECTS,
    "fcos": FCOS_DIALECTS,
    "ssd": SSD_DIALECTS,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a system that can be tried.

    Args:
        kind: "canvas", "guarantee", "dialect", "anchors" or "threshold"; of one kind the best is proposed.
        words: As a sentence about it begins, for instance "at canvas 960".
        how: Flags of a training, or Python where there are none.
        subject: The system after the change.
    """

    kind: str
    words: str
    how: str
    subject: Subject


def possible_changes(survey: Survey, dataset: Dataset) -> Iterator[Change]:
    """Lists what could be changed about a system; what it does not offer is left out.

    Args:
        survey: Of the system as it is.
        dataset: The objects, for anchors that are fitted to them.
    """
    subject = survey.subject
    yield from _canvases(subject, survey.max_stride)
    if subject.option("guarantee") is False:
        flag = "--system_options.guarantee true"
        yield Change("guarantee", "with guarantee=True", flag, subject.with_options(guarantee=True))
    yield from _dialects(subject)
    if subject.checkpoint is None and subject.option("anchors") is not None:
        yield from _anchors(subject, dataset)
    if subject.option("anchor_scale") is not None:
        smaller = float(subject.option("anchor_scale")) / 2
        words, flag = "with anchors of half the side", f"--system_options.anchor_scale {smaller:g}"
        yield Change("anchors", words, flag, subject.with_options(anchor_scale=smaller))
    yield from _thresholds(survey)


def _canvases(subject: Subject, stride: int) -> Iterator[Change]:
    """Larger ones, in multiples of the largest stride; a system whose default is that stride knows no other canvas."""
    if stride == default_canvas(subject.name):
        return
    for factor in CANVAS_FACTORS:
        height, width = (math.ceil(side * factor / stride) * stride for side in subject.canvas_size)
        if (height, width) != subject.canvas_size:
            name = f"{height}" if height == width else f"[{height},{width}]"
            larger = replace(subject, canvas_size=(height, width))
            yield Change("canvas", f"at canvas {name}", f"--canvas {name}", larger)


def _dialects(subject: Subject) -> Iterator[Change]:
    current = subject.option("dialect")
    for family, names in _DIALECTS.items():
        if current is not None and subject.name.startswith(family):
            for name in names:
                if name != current:
                    other = subject.with_options(dialect=name)
                    yield Change("dialect", f"in the dialect {name!r}", f"--system_options.dialect {name}", other)


def _anchors(subject: Subject, dataset: Dataset) -> Iterator[Change]:
    limit = float(subject.option("anchor_threshold"))
    sizes = object_sizes(dataset, subject.canvas_size)
    anchors = level_anchors(subject.option("anchors"), subject.option("levels"))
    report = measure_anchors(sizes, subject.canvas_size, anchors, limit)
    fitted = with_fitted(report, sizes, limit, seed=subject.seed).after
    if fitted is not None:
        flag = f"--system_options.anchors='{dumps(fitted.anchors, separators=(',', ':'))}'"
        changed = subject.with_options(anchors=fitted.anchors)
        yield Change("anchors", "with anchors fitted to the objects", flag, changed)


def _thresholds(survey: Survey) -> Iterator[Change]:
    subject = survey.subject
    ratio = subject.option("anchor_threshold")
    if ratio is not None:
        wider = round(float(ratio) * RATIO_FACTOR, 3)
        words, flag = (
            f"with anchors that match up to a ratio of {wider:g}",
            f"--system_options.anchor_threshold {wider:g}",
        )
        yield Change("threshold", words, flag, subject.with_options(anchor_threshold=wider))
    is_own = "assigner" not in subject.parts  # else the fields are those of another
    if is_own and survey.threshold is not None and survey.threshold > 2 * LOWER_OVERLAP:
        yield from _lower_overlap(subject, survey.threshold)


def _lower_overlap(subject: Subject, threshold: float) -> Iterator[Change]:
    lower = round(threshold - LOWER_OVERLAP, 3)
    if subject.name.startswith("retinanet"):
        fields: dict[str, Any] = {"positive": lower, "negative": round(lower - LOWER_OVERLAP, 3)}
    else:
        fields = {"threshold": lower}
    settings = ", ".join(f"{name}={value:g}" for name, value in fields.items())
    words = f"with an IoU of {lower:g} being enough"
    how = f"Python: dataclasses.replace(system.criterion.assigner, {settings})"
    yield Change("threshold", words, how, replace(subject, assigner={**subject.assigner, **fields}))
