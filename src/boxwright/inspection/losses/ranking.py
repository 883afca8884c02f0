"""Which objects a training could not learn: likely errors of annotation."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from boxwright.errors import ConfigError, unknown_name
from boxwright.inspection.losses.object_views import ObjectViews, read_object_views
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.table_cell import table_cell

WORST, TOTAL = "worst", "total"
PER = ("quality", "positive", "object")
_LEAST_QUALITY = 1e-6


@dataclass(frozen=True, slots=True)
class RankedObject:
    """An annotated object, and how hard it was.

    Args:
        rank: From 1, the most suspicious.
        score: Mean standing of its worst loss among all objects of an epoch, 0 the smallest and 1 the largest.
        image_id: Id of the image.
        image: Its file, or nothing.
        position: Of the image in the data set that was trained on.
        row: Among the objects of the image.
        label: Class index.
        category: Name of the class.
        box: xyxy in pixels of the original image.
        views: How often it was seen in the epochs that count.
        without_positive: Share of these views in which no prior answered for it.
        positives: Mean number of its positives in these views.
        quality: Mean sum of their qualities in these views.
        losses: By name, its mean share of the loss in these views.
    """

    rank: int
    score: float
    image_id: int
    image: str
    position: int
    row: int
    label: int
    category: str
    box: tuple[float, float, float, float]
    views: int
    without_positive: float
    positives: float
    quality: float
    losses: dict[str, float]


def rank_objects(
    file: str | Path, *, by: str = WORST, per: str = "quality", within_class: bool = False
) -> list[RankedObject]:
    """Ranks the objects of a training by their losses, those that stayed hard first.

    An object that is annotated wrongly contradicts all others, and so keeps a high loss when the others have been
    learnt. Losses of different epochs cannot be compared, since all of them fall, so what counts is the standing of a
    view among all views of its epoch. The score of a loss is the mean of the standings in the second half of the
    training, drawn towards the middle as if there were one view more of standing 1/2, so that a few views prove little.
    A wrong class shows in one loss and a wrong box in another, so an object has the highest score of its losses. A view
    without positives has no loss and does not count; an object with no other views has the score 1/2.

    Some systems weight the loss of a pair by its quality: what fits badly has a small loss, since it hardly counts.
    Divided by the quality, the loss says how badly it fits. Where every quality is 1, that is a loss per positive.

    Args:
        file: What `log_objects` wrote: the folder of the run, or a file.
        by: "worst", "total", or the name of a loss.
        per: What a loss is divided by: the summed "quality" of the object's positives, their number ("positive"), or
            nothing ("object"), so that large objects, which have more positives, stand higher.
        within_class: Whether a view stands among those of its class only, so that no class is suspected as such.

    Raises:
        DataError: There is no such log.
        ConfigError: There is no such loss, or nothing of that name to divide by.
    """
    views = read_object_views(file)
    if by not in (WORST, TOTAL, *views.losses):
        raise unknown_name("loss", by, (WORST, TOTAL, *views.losses))
    if per not in PER:
        raise unknown_name("divisor of a loss", per, PER)
    counts = views.epoch > views.epoch.max() // 2
    is_known = counts & (views.positives > 0)
    label = np.array([each.label for each in views.objects])[views.index]
    group = (views.epoch * (label.max() + 1) + label if within_class else views.epoch)[is_known]
    divisor = {"quality": views.quality.clip(_LEAST_QUALITY), "positive": views.positives.clip(1), "object": 1}[per]
    losses = {name: (loss / divisor)[is_known] for name, loss in views.losses.items()}
    if by != WORST:
        losses = {by: np.sum(list(losses.values()), axis=0) if by == TOTAL else losses[by]}
    number, index = len(views.objects), views.index[is_known]
    totals = [np.bincount(index, _standings(loss, group), number) for loss in losses.values()]
    score = (np.max(totals, axis=0) + 0.5) / (np.bincount(index, minlength=number) + 1)
    return _ranked(views, counts, score)


def write_ranking(ranking: Sequence[RankedObject], path: str | Path) -> Path:
    """Writes a ranking as JSON or CSV, by the suffix.

    Args:
        ranking: Of `rank_objects`.
        path: Where to.

    Returns:
        The path.

    Raises:
        ConfigError: The suffix is neither .json nor .csv.
    """
    target, entries = Path(path), [asdict(each) for each in ranking]
    if target.suffix not in (".json", ".csv"):
        raise ConfigError(f"{target}: cannot write a ranking as {target.suffix!r}. Use .json or .csv.")
    text = json.dumps(entries, indent=2, ensure_ascii=False) if target.suffix == ".json" else _table(entries)
    with atomic_file(target) as file:
        file.write(text.encode("utf-8", "backslashreplace"))
    return target


def _standings(values: Float64[np.ndarray, "views"], group: Int64[np.ndarray, "views"]) -> Float64[np.ndarray, "views"]:
    """Gives of each value the share of the values of its group that are smaller, equal ones half."""
    standing = np.zeros(len(values))
    for each in np.unique(group):
        chosen = group == each
        ordered = np.sort(values[chosen])
        below, upto = (np.searchsorted(ordered, values[chosen], side) for side in ("left", "right"))
        standing[chosen] = (below + upto) / (2 * len(ordered))
    return standing


def _ranked(views: ObjectViews, counts: np.ndarray, score: Float64[np.ndarray, "objects"]) -> list[RankedObject]:
    number, index = len(views.objects), views.index[counts]
    seen = np.bincount(index, minlength=number)
    least = seen.clip(1)

    def mean(values: np.ndarray) -> Any:
        return np.bincount(index, values[counts], number) / least

    positives, without, quality = mean(views.positives), mean(views.positives == 0), mean(views.quality)
    losses = {name: mean(values) for name, values in views.losses.items()}
    order = np.argsort(-score, kind="stable").tolist()
    return [
        RankedObject(
            rank,
            float(score[each]),
            **asdict(views.objects[each]),
            views=int(seen[each]),
            without_positive=float(without[each]),
            positives=float(positives[each]),
            quality=float(quality[each]),
            losses={name: float(values[each]) for name, values in losses.items()},
        )
        for rank, each in enumerate(order, 1)
    ]


def _table(entries: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    rows = [
        {
            **{name: _cell(value) for name, value in entry.items() if name not in ("box", "losses")},
            **dict(zip(("x1", "y1", "x2", "y2"), entry["box"], strict=True)),
            **{f"loss_{name}": value for name, value in entry["losses"].items()},
        }
        for entry in entries
    ]
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return table_cell(value) if isinstance(value, str) else value
