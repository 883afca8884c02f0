"""What a diagnosis says about one system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boxwright.inspection.diagnosis.survey.groups import Group, Level, group_all, groupings, levels
from boxwright.inspection.diagnosis.survey.survey import Survey


@dataclass(frozen=True, slots=True)
class SystemDiagnosis:
    """What the assigner of a system does with a data set.

    Args:
        name: Of the system.
        title: Name and canvas.
        canvas_size: Height and width in pixels.
        options: Of the system, as far as they were given.
        weights: Where the weights come from, in words; None if the assigner does not look at predictions.
        threshold: The IoU from which a prior answers for a target, or None if there is no such rule.
        everything: All targets.
        groups: The targets by COCO's sizes, finer sizes, class, and aspect ratio.
        levels: Pyramid levels, finest first.
    """

    name: str
    title: str
    canvas_size: tuple[int, int]
    options: Mapping[str, Any]
    weights: str | None
    threshold: float | None
    everything: Group
    groups: Mapping[str, tuple[Group, ...]]
    levels: tuple[Level, ...]

    @classmethod
    def of(cls, survey: Survey, categories: Sequence[str]) -> "SystemDiagnosis":
        """Sums up a survey.

        Args:
            survey: Of a data set.
            categories: Class names by label.
        """
        subject = survey.subject
        return cls(
            subject.name,
            subject.title,
            subject.canvas_size,
            subject.options,
            subject.weights if survey.is_dynamic else None,
            survey.threshold,
            group_all(survey),
            groupings(survey, categories),
            levels(survey),
        )

    def to_dict(self) -> dict[str, Any]:
        """Gives plain values, as JSON holds them."""
        return {
            "system": self.name,
            "title": self.title,
            "canvas": list(self.canvas_size),
            "options": dict(self.options),
            "weights": self.weights,
            "threshold": self.threshold,
            "all": self.everything.to_dict(),
            **{f"by_{name}": [group.to_dict() for group in groups] for name, groups in self.groups.items()},
            "by_level": [level.to_dict() for level in self.levels],
        }
