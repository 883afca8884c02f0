"""What can be wrong with a data set, collected so that one report lists all of it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from boxwright.data.fault_kinds import FAULT_KINDS, Severity
from boxwright.errors import DataError, counted

OnBad = Literal["error", "skip"]

_LOGGED = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, where, and what to do about it.

    Args:
        code: Key of `FAULT_KINDS`, which says how severe it is.
        file: The annotation or image file.
        where: The entry of the file, for instance "annotation 17" or "line 4"; None for the file as a whole.
        message: What is wrong and what was found.
        cure: What to do; that of the kind if left empty.
    """

    code: str
    file: str
    where: str | None
    message: str
    cure: str = ""

    def __post_init__(self) -> None:
        """Fills in the cure of the kind."""
        if not self.cure:
            object.__setattr__(self, "cure", FAULT_KINDS[self.code].cure)

    @property
    def severity(self) -> Severity:
        """An error is left out or stops; a warning is used, perhaps changed; a note needs no attention."""
        return FAULT_KINDS[self.code].severity

    @property
    def text(self) -> str:
        """All but the file, on one line."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}; {self.cure}"

    def __str__(self) -> str:
        place = f", {self.where}" if self.where else ""
        return f"{self.file}{place}: {self.message}; {self.cure}"

    def as_dict(self) -> dict[str, str | None]:
        """Gives plain values for a JSON report."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "where": self.where,
            "message": self.message,
            "cure": self.cure,
        }


@dataclass
class FaultList:
    """What is wrong with one annotation source.

    Args:
        source: The file or folder that is being read.
        faults: In reading order.
    """

    source: str
    faults: list[Fault] = field(default_factory=list)

    def add(self, code: str, where: str | None, message: str, *, file: str | None = None, cure: str = "") -> None:
        """Notes one fault.

        Args:
            code: Key of `FAULT_KINDS`.
            where: The entry, for instance "annotation 17".
            message: What is wrong and what was found.
            file: The file, if it is not the source.
            cure: What to do, if not what the kind says.
        """
        self.faults.append(Fault(code, file or self.source, where, message, cure))

    @property
    def errors(self) -> list[Fault]:
        """Those whose image or object cannot be used."""
        return [fault for fault in self.faults if fault.severity == "error"]

    @property
    def warnings(self) -> list[Fault]:
        """Those whose image or object is used."""
        return [fault for fault in self.faults if fault.severity == "warning"]

    def settle(self, on_bad: OnBad) -> tuple[Fault, ...]:
        """Raises all errors as one, or logs that they are left out; warnings are logged, one line per kind.

        Args:
            on_bad: "error" to raise, "skip" to leave the faulty images and objects out.

        Returns:
            All faults: errors, warnings and notes.

        Raises:
            DataError: There are errors and they may not be skipped.
        """
        if self.errors:
            self._settle_errors(on_bad)
        for code in dict.fromkeys(fault.code for fault in self.warnings):
            alike = [fault for fault in self.warnings if fault.code == code]
            _log.warning(
                "%s: %d × %s. First: %s", self.source, len(alike), FAULT_KINDS[code].title, self._line(alike[0])
            )
        return tuple(self.faults)

    def _settle_errors(self, on_bad: OnBad) -> None:
        errors = self.errors
        count = counted(len(errors), "fault")
        listed = list_lines([self._line(fault) for fault in errors], most=None if on_bad == "error" else _LOGGED)
        if on_bad == "error":
            raise DataError(
                f"{self.source} has {count}:\n{listed}\n"
                'Mend the data, or leave these images and boxes out: --on_bad skip (in Python on_bad="skip").'
            )
        _log.warning("%s: %s left out:\n%s", self.source, count, listed)

    def _line(self, fault: Fault) -> str:
        return fault.text if fault.file == self.source else str(fault)


def list_lines(lines: Sequence[str], *, most: int | None = None) -> str:
    """Writes a list with one bullet per line.

    Args:
        lines: What to list.
        most: After how many lines to stop and say how many more there are, or None for all.
    """
    shown = lines if most is None else lines[:most]
    listed = "\n".join(f"  - {line}" for line in shown)
    more = len(lines) - len(shown)
    return f"{listed}\n  … and {more} more" if more > 0 else listed
