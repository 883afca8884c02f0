"""Which anchors a new training has."""

import dataclasses
from typing import Any

from boxwright.data import Dataset
from boxwright.data.anchor_report import AnchorReport, measure_anchors, object_sizes, with_fitted
from boxwright.settings.training import TrainingSettings
from boxwright.systems import system_options
from boxwright.systems.level_anchors import level_anchors
from boxwright.training.inherited_options import inherited_options
from boxwright.training.weights_read import WeightsRead


def training_anchors(
    settings: TrainingSettings, dataset: Dataset, weights: WeightsRead | None
) -> tuple[dict[str, Any], AnchorReport | None]:
    """Chooses the anchors of a new training: those given, else those of the weights to start from, else the system's.

    Where they reach less than 98 % of the objects they are replaced by fitted ones, unless they were given, or the
    fitted ones reach no more, or `auto_anchor` says otherwise.

    Args:
        settings: Of the training.
        dataset: To train on.
        weights: To start from, if there are any.

    Returns:
        The options of the system, and what was found; None for a system without anchors, or if it is off.
    """
    options, known = inherited_options(settings, weights), system_options(settings.system)
    if "anchors" not in known:
        return options, None
    is_given = "anchors" in settings.system_options
    if settings.auto_anchor == "off":
        return options, None
    chosen: dict[str, Any] = known | options
    sizes = object_sizes(dataset, settings.canvas_size)
    anchors = level_anchors(chosen["anchors"], chosen["levels"])
    report = measure_anchors(sizes, settings.canvas_size, anchors, _limit(chosen))
    if report.is_enough:
        return options, report
    report = with_fitted(report, sizes, _limit(chosen), seed=settings.seed)
    if (
        is_given
        or settings.auto_anchor == "check"
        or report.after is None
        or report.after.recall <= report.before.recall
    ):
        return options, report
    return options | {"anchors": report.after.anchors}, dataclasses.replace(report, is_adopted=True)


def _limit(options: dict[str, Any]) -> float:
    return float(options["anchor_threshold"])
