"""What would help, with the number that it would change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from boxwright.data import Dataset
from boxwright.inspection.diagnosis.advice.changes import Change, possible_changes
from boxwright.inspection.diagnosis.survey.batches import Sight
from boxwright.inspection.diagnosis.survey.groups import Group, group_all, percent
from boxwright.inspection.diagnosis.survey.survey import Survey, survey

Measure = Literal["without", "poor"]
"""The share of targets without a positive; that of targets whose best prior has too small an IoU."""

_NEARLY = 0.9  # of the gain of the best of a kind; the cheaper change is then proposed

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Advice:
    """A change that helps, and what it changes.

    Args:
        system: Title of the system.
        kind: Of the change, see `Change`; "system" for another system of the same diagnosis.
        words: As a sentence about it begins.
        how: Flags of a training, or Python.
        measure: What falls.
        before: All targets, as it is.
        after: All targets, after the change.
        cost: Canvas pixels after the change as a multiple of those before.
    """

    system: str
    kind: str
    words: str
    how: str
    measure: Measure
    before: Group
    after: Group
    cost: float = 1.0

    @property
    def gain(self) -> float:
        """By how much the measure falls, 0 to 1."""
        return share(self.before, self.measure) - share(self.after, self.measure)

    def text(self) -> str:
        """Says in a sentence what to change and what that changes."""
        before, after = (percent(share(group, self.measure)) for group in (self.before, self.after))
        words = self.words[0].upper() + self.words[1:]
        cost = f"; {self.cost:.2g} times the pixels" if self.cost != 1 else ""
        how = f" ({self.how}{cost})" if self.how else ""
        also = _also(self.before, self.after) if self.measure == "poor" else ""
        return f"{self.system}: {words} {_described(self)} falls from {before} to {after}{also}{how}"

    def to_dict(self) -> dict[str, Any]:
        """Gives plain values, as JSON holds them."""
        return {
            "system": self.system,
            "kind": self.kind,
            "words": self.words,
            "how": self.how,
            "measure": "share_without" if self.measure == "without" else "poor",
            "before": round(share(self.before, self.measure), 6),
            "after": round(share(self.after, self.measure), 6),
            "pixels": round(self.cost, 4),
            "all_before": self.before.to_dict(),
            "all_after": self.after.to_dict(),
            "text": self.text(),
        }


def share(group: Group, measure: Measure) -> float:
    """Gives a measure of a group.

    Args:
        group: Of targets.
        measure: Which.
    """
    return group.share_without if measure == "without" else group.poor


def advise(
    surveys: Sequence[Survey], dataset: Dataset, sight: Sight, *, least_gain: float, told: Told | None = None
) -> tuple[Advice, ...]:
    """Tries changes of every system on the whole data set and keeps those that help enough, the best first.

    A change is only tried where there is that much to gain. Of changes of one kind the mildest is kept that gains
    nearly as much as the best one.

    Args:
        surveys: Of the systems as they are.
        dataset: The objects.
        sight: How the images are seen, as for the surveys.
        least_gain: By how much a share must fall, 0 to 1.
        told: Told what is tried, how many images are done, and of how many.
    """
    found = [advice for one in surveys for advice in _for_system(one, dataset, sight, least_gain, told)]
    found += _other_systems(surveys, least_gain)
    return tuple(sorted(found, key=lambda advice: -advice.gain))


def measures(one: Survey) -> tuple[Measure, ...]:
    """Says what can be wrong with the assignment of a system.

    Args:
        one: Of the system.
    """
    return ("without",) if one.threshold is None else ("without", "poor")


def _for_system(one: Survey, dataset: Dataset, sight: Sight, least_gain: float, told: Told | None) -> list[Advice]:
    before = group_all(one)
    if not before.targets or all(share(before, measure) < least_gain for measure in measures(one)):
        return []
    tried: dict[str, list[Advice]] = {}
    for change in possible_changes(one, dataset):
        alike = tried.setdefault(change.kind, [])
        if _may_help(change, alike, before, measures(one), least_gain):
            alike.append(_tried(change, one, before, dataset, sight, told))
    tried = {kind: [advice for advice in alike if advice.gain >= least_gain] for kind, alike in tried.items()}
    return [_mildest(alike) for alike in tried.values() if alike]


def _may_help(
    change: Change, alike: Sequence[Advice], before: Group, about: Sequence[Measure], least_gain: float
) -> bool:
    """Says whether a change can be advice: there is something to gain, and no milder one of its kind gains nearly all.

    A guarantee and a dialect decide who gets a prior, not where priors are.
    """
    is_about_conflicts = change.kind in ("guarantee", "dialect")
    most = max(share(before, measure) for measure in (about[:1] if is_about_conflicts else about))
    return most >= least_gain and all(advice.gain < _NEARLY * most for advice in alike)


def _tried(change: Change, one: Survey, before: Group, dataset: Dataset, sight: Sight, told: Told | None) -> Advice:
    """Runs a change; of several measures it is about the one that falls most."""

    def progress(done: int, total: int) -> None:
        if told is not None:
            told(f"{one.subject.title}, {change.words}", done, total)

    after = group_all(survey(change.subject, dataset, sight, reasons=False, progress=progress))
    pixels = [subject.canvas_size[0] * subject.canvas_size[1] for subject in (one.subject, change.subject)]
    found = [
        Advice(
            one.subject.title,
            change.kind,
            change.words,
            change.how,
            measure,
            before,
            after,
            pixels[1] / pixels[0],
        )
        for measure in measures(one)
    ]
    return max(found, key=lambda advice: advice.gain)


def _mildest(alike: list[Advice]) -> Advice:
    best = max(advice.gain for advice in alike)
    return next(advice for advice in alike if advice.gain >= _NEARLY * best)


def _other_systems(surveys: Sequence[Survey], least_gain: float) -> list[Advice]:
    """Compares systems that pair by the same IoU: the best of them is advice for the others."""
    found = []
    for one in surveys:
        rivals = [other for other in surveys if other.threshold is not None and other.threshold == one.threshold]
        best = min(rivals, key=lambda other: group_all(other).poor, default=one)
        words = f"with {best.subject.title} in its place"
        advice = Advice(one.subject.title, "system", words, "", "poor", group_all(one), group_all(best))
        if advice.gain >= least_gain:
            found.append(advice)
    return found


def _also(before: Group, after: Group) -> str:
    """Says what becomes of the targets without a positive where another share is the point."""
    shares = [percent(group.share_without) for group in (before, after)]
    return "" if shares[0] == shares[1] else f", that without a positive goes from {shares[0]} to {shares[1]}"


def _described(advice: Advice) -> str:
    if advice.measure == "without":
        return "the share without a positive"
    return "the share that no prior overlaps enough"
