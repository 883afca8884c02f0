"""What a diagnosis found."""

from dataclasses import dataclass
from typing import Any

from boxwright.errors import counted
from boxwright.inspection.diagnosis.advice.advice import Advice
from boxwright.inspection.diagnosis.advice.tile_effect import TileEffect
from boxwright.inspection.diagnosis.report.html import report_html
from boxwright.inspection.diagnosis.report.text import report_text
from boxwright.inspection.diagnosis.survey.groups import percent
from boxwright.inspection.diagnosis.survey.system_diagnosis import SystemDiagnosis

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Whether the objects of a data set have priors that answer for them, system by system, and what would help.

    Args:
        data: What was diagnosed.
        split: Which part of it.
        num_images: Images, or augmented pictures, that were looked at.
        total_images: Images of the part.
        ignored_regions: In the images that were looked at.
        is_augmented: Whether they were augmented.
        systems: One entry per system, in the order given.
        advice: What would help, the best first; None if nobody asked.
        fail_above: The largest share of targets without a positive that is accepted, or None for any.
        tiles: What tiles would change, system by system, if that was asked.
    """

    data: str
    split: str
    num_images: int
    total_images: int
    ignored_regions: int
    is_augmented: bool
    systems: tuple[SystemDiagnosis, ...]
    advice: tuple[Advice, ...] | None
    fail_above: float | None = None
    tiles: tuple[TileEffect, ...] = ()

    @property
    def over(self) -> tuple[SystemDiagnosis, ...]:
        """The systems that leave too many targets without a positive."""
        limit = self.fail_above
        return () if limit is None else tuple(one for one in self.systems if one.everything.share_without > limit)

    @property
    def exit_code(self) -> int:
        """1 if a system is over the threshold, else 0."""
        return int(bool(self.over))

    @property
    def heading(self) -> str:
        """What was diagnosed, in a line."""
        of_all = f" of {self.total_images:,}" if self.num_images != self.total_images else ""
        kind = "augmented picture" if self.is_augmented else "image"
        targets = max((one.everything.targets for one in self.systems), default=0)
        return (
            f"{self.data}, {self.split}: {self.num_images:,}{of_all} {kind}{'' if self.total_images == 1 else 's'}, "
            f"{counted(targets, 'target')}, {counted(self.ignored_regions, 'ignored region')}"
        )

    @property
    def verdict(self) -> str:
        """Says in a sentence which systems leave too many targets without a positive."""
        if self.fail_above is None:
            worst = max(self.systems, key=lambda one: one.everything.without)
            share = percent(worst.everything.share_without)
            without = counted(worst.everything.without, "target")
            has = "has" if worst.everything.without == 1 else "have"
            return f"{without} ({share}) {has} no positive with {worst.title}."
        limit = percent(self.fail_above)
        if not self.over:
            return f"No system leaves more than {limit} of the targets without a positive."
        return f"Over {limit} of the targets have no positive with {', '.join(one.title for one in self.over)}."

    def to_dict(self) -> dict[str, Any]:
        """Gives everything as plain values, as JSON holds them."""
        return {
            "format_version": FORMAT_VERSION,
            "data": self.data,
            "split": self.split,
            "images": self.num_images,
            "images_of_the_part": self.total_images,
            "ignored_regions": self.ignored_regions,
            "augmented": self.is_augmented,
            "systems": [one.to_dict() for one in self.systems],
            "advice": None if self.advice is None else [advice.to_dict() for advice in self.advice],
            "tiles": [effect.to_dict() for effect in self.tiles],
            "fail_above": self.fail_above,
            "over": [one.title for one in self.over],
            "exit_code": self.exit_code,
        }

    def text(self) -> str:
        """Writes everything as aligned text."""
        return report_text(self.heading, self.systems, self.advice, self.verdict, self.tiles)

    def html(self) -> str:
        """Writes everything as one page that needs no network."""
        return report_html(self.heading, self.systems, self.advice, self.verdict, self.tiles)
