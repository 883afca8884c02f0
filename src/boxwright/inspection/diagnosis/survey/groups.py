"""The targets of a survey by size, class, aspect ratio and pyramid level."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from boxwright.data.verification.statistics import SIDE_EDGES
from boxwright.inspection.diagnosis.survey.survey import Survey
from boxwright.inspection.diagnosis.survey.tally import Tally

COCO_AREAS = (32.0**2, 96.0**2)
ASPECT_EDGES = (1 / 3, 1 / 2, 2 / 3, 3 / 2, 2.0, 3.0)
COCO_NAMES = ("small", "medium", "large")
ASPECT_NAMES = ("under 1:3", "1:3 – 1:2", "1:2 – 2:3", "2:3 – 3:2", "3:2 – 2:1", "2:1 – 3:1", "over 3:1")
FAIR_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Group:
    """Some targets and what became of them; a number without targets is NaN.

    Args:
        name: What they have in common.
        targets: How many they are.
        without: How many have no positive.
        positives: Positives per target.
        best: Median of the best fit, see `Tally`.
        poor: Share whose best prior has an IoU below the threshold of the assigner (0.5 where it has none); NaN for an
            assigner that looks at predictions.
        lost: Priors that other targets took, per target; NaN if nobody counted.
        beyond: How many are beyond the reach of the coder.
    """

    name: str
    targets: int
    without: int
    positives: float
    best: float
    poor: float
    lost: float
    beyond: int

    @property
    def share_without(self) -> float:
        """Share of the targets that have no positive."""
        return self.without / self.targets if self.targets else math.nan

    @property
    def share_beyond(self) -> float:
        """Share of the targets that are beyond the reach of the coder."""
        return self.beyond / self.targets if self.targets else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Gives plain values, as JSON holds them; NaN becomes None."""
        own = {**asdict(self), "share_without": self.share_without, "share_beyond": self.share_beyond}
        return plain(own)


@dataclass(frozen=True, slots=True)
class Level:
    """A pyramid level and the targets that it answers for.

    Args:
        stride: Canvas pixels per cell.
        priors: On one image.
        positives: Of all images.
        share: Of the positives of all levels.
        served: Share of the targets that have a positive here.
        side: Median of their mean sides in canvas pixels.
        lost: Priors that targets lost to others here; NaN if nobody counted.
    """

    stride: int
    priors: int
    positives: int
    share: float
    served: float
    side: float
    lost: float

    def to_dict(self) -> dict[str, Any]:
        """Gives plain values, as JSON holds them; NaN becomes None."""
        return plain(asdict(self))


def group_all(survey: Survey) -> Group:
    """Puts all targets into one group.

    Args:
        survey: Of a data set.
    """
    return _group("all", np.ones(len(survey.tally), np.bool_), survey)


def groupings(survey: Survey, categories: Sequence[str]) -> dict[str, tuple[Group, ...]]:
    """Divides the targets by COCO's sizes, finer sizes, class, and aspect ratio; empty groups are listed too.

    Args:
        survey: Of a data set.
        categories: Class names by label.
    """
    tally = survey.tally
    sides = [f"{low}–{high}" for low, high in pairwise(SIDE_EDGES)] + [f"≥ {SIDE_EDGES[-1]}"]
    keys = {
        "coco_size": (COCO_NAMES, np.digitize(tally.sizes.prod(axis=1), COCO_AREAS)),
        "size": (sides, np.digitize(tally.sides, SIDE_EDGES[1:])),
        "class": (categories, tally.labels),
        "aspect_ratio": (ASPECT_NAMES, np.digitize(_aspect_ratios(tally), ASPECT_EDGES)),
    }
    return {name: _groups(names, key.astype(np.int64), survey) for name, (names, key) in keys.items()}


def levels(survey: Survey) -> tuple[Level, ...]:
    """Says level by level which targets are answered for there.

    Args:
        survey: Of a data set.
    """
    tally, total = survey.tally, int(survey.tally.positives.sum())
    found = []
    for number, (stride, priors) in enumerate(zip(survey.strides, survey.priors, strict=True)):
        own = tally.positives[:, number]
        is_served = own > 0
        found.append(
            Level(
                stride,
                priors,
                int(own.sum()),
                int(own.sum()) / total if total else math.nan,
                float(is_served.mean()) if len(tally) else math.nan,
                float(np.median(tally.sides[is_served])) if is_served.any() else math.nan,
                math.nan if tally.lost is None else float(tally.lost[:, number].sum()),
            )
        )
    return tuple(found)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Gives numbers that JSON knows: NaN becomes None, others are rounded to six decimals.

    Args:
        values: By name.
    """
    return {name: _plain(value) for name, value in values.items()}


def percent(share: float) -> str:
    """Writes a share, with one decimal.

    Args:
        share: 0 to 1, or NaN.
    """
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def _plain(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else round(value, 6)


def _aspect_ratios(tally: Tally) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):  # a box without an area has some ratio or none
        ratios: np.ndarray = tally.sizes[:, 0] / tally.sizes[:, 1]
    return ratios


def _groups(names: Sequence[str], key: Int64[np.ndarray, "targets"], survey: Survey) -> tuple[Group, ...]:
    return tuple(_group(name, key == number, survey) for number, name in enumerate(names))


def _group(name: str, rows: Bool[np.ndarray, "targets"], survey: Survey) -> Group:
    tally, count = survey.tally, int(rows.sum())
    if not count:
        return Group(name, 0, 0, *(math.nan,) * 4, 0)
    best = tally.best[rows]
    limit = FAIR_IOU if survey.threshold is None else survey.threshold
    return Group(
        name,
        count,
        int(tally.is_without[rows].sum()),
        float(tally.positives[rows].sum() / count),
        float(np.median(best)),
        math.nan if survey.is_dynamic else float((best < limit).mean()),
        math.nan if tally.lost is None else float(tally.lost[rows].sum() / count),
        int(tally.is_beyond[rows].sum()),
    )
