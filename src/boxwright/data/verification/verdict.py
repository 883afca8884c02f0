"""What a verification found."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from boxwright.data.fault_kinds import FAULT_KINDS, Severity
from boxwright.data.faults import MOST_LISTED, Fault
from boxwright.data.verification.statistics import DataStatistics
from boxwright.errors import counted
from boxwright.lettering.visible import visible

CLEAN, WARNINGS, ERRORS = 0, 1, 2
_NOTES_SHOWN = 3
_CLASSES_SHOWN = 40
_HEADINGS: dict[str, str] = {
    "error": "ERRORS: training stops, or leaves these out with --on_bad skip",
    "warning": "WARNINGS: used, but look at them",
    "note": "NOTES: used by a rule that is written down",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """All faults of a data set, and its statistics.

    Args:
        source: What was verified.
        statistics: By the name of the part; of what is sound.
        faults: Errors first, then by kind in the order of the catalogue.
    """

    source: str
    statistics: Mapping[str, DataStatistics]
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, source: str, statistics: Mapping[str, DataStatistics], faults: list[Fault]) -> "Verdict":
        """Puts the faults in order.

        Args:
            source: What was verified.
            statistics: By the name of the part.
            faults: In any order; the order within a kind is kept.
        """
        severities, kinds = list(get_args(Severity)), list(FAULT_KINDS)
        ordered = sorted(faults, key=lambda fault: (severities.index(fault.severity), kinds.index(fault.code)))
        return cls(source, statistics, tuple(ordered))

    @property
    def counts(self) -> dict[str, int]:
        """Number of faults by severity."""
        found = Counter(fault.severity for fault in self.faults)
        return {severity: found[severity] for severity in get_args(Severity)}

    @property
    def exit_code(self) -> int:
        """0 for a clean data set (notes allowed), 1 with warnings, 2 with errors."""
        counts = self.counts
        return ERRORS if counts["error"] else WARNINGS if counts["warning"] else CLEAN

    def to_dict(self) -> dict[str, Any]:
        """Gives everything as plain values, as JSON holds them."""
        return {
            "source": self.source,
            "verdict": ("clean", "warnings", "errors")[self.exit_code],
            "exit_code": self.exit_code,
            "counts": self.counts,
            "kinds": dict(Counter(fault.code for fault in self.faults)),
            "parts": {name: part.to_dict() for name, part in self.statistics.items()},
            "faults": [fault.as_dict() for fault in self.faults],
        }

    def text(self) -> str:
        """Writes the first faults of each kind, the statistics and a summary; JSON has all faults."""
        lines: list[str] = []
        for severity, heading in _HEADINGS.items():
            codes = dict.fromkeys(fault.code for fault in self.faults if fault.severity == severity)
            if codes:
                lines += [heading, *(line for code in codes for line in self._listed(code)), ""]
        for name, part in self.statistics.items():
            lines += [*_described(name, part), ""]
        counts = self.counts
        said = ", ".join(counted(count, severity) for severity, count in counts.items())
        images = sum(len(part.image_sizes) for part in self.statistics.values())
        objects = sum(len(part.labels) for part in self.statistics.values())
        lines.append(
            f"{visible(self.source)}: {said}; {counted(images, 'usable image')}, {counted(objects, 'object')}."
        )
        return "\n".join(lines)

    def _listed(self, code: str) -> list[str]:
        alike = [fault for fault in self.faults if fault.code == code]
        kind = FAULT_KINDS[code]
        shown = alike[: _NOTES_SHOWN if kind.severity == "note" else MOST_LISTED]
        lines = [f"  {len(alike)} × {kind.title} [{code}]", *(f"    {fault}" for fault in shown)]
        hidden = len(alike) - len(shown)
        return [*lines, f"    … and {hidden:,} more; --json lists them"] if hidden else lines


def _described(name: str, part: DataStatistics) -> list[str]:
    """Writes the statistics of a part."""
    numbers = part.to_dict()
    height, width = part.canvas_size
    lines = [
        f"{name}: {counted(numbers['images'], 'image')} ({numbers['images_without_objects']:,} without objects), "
        f"{counted(numbers['objects'], 'object')}, {counted(numbers['ignored_regions'], 'ignored region')}",
        f"  {'':<24}{'least':>10}{'10 %':>10}{'median':>10}{'90 %':>10}{'most':>10}",
    ]
    rows = (
        ("objects per image", "objects_per_image"),
        (f"box side at {height}×{width}", "box_side"),
        ("width / height", "aspect_ratio"),
    )
    lines += [f"  {title:<24}" + "".join(f"{value:>10.4g}" for value in numbers[key]) for title, key in rows]
    sides = "  ".join(f"{name}: {count:,}" for name, count in numbers["box_sides"].items() if count)
    described = [
        f"{visible(label)}: {found['objects']:,} in {counted(found['images'], 'image')}"
        for label, found in numbers["classes"].items()
    ]
    hidden = len(described) - _CLASSES_SHOWN
    more = [f"… and {hidden:,} more; --json lists them"] if hidden > 0 else []
    classes = "  ".join([*described[:_CLASSES_SHOWN], *more])
    return [*lines, f"  box sides   {sides or 'none'}", f"  classes     {classes}"]
