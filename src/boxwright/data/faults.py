"""What can be wrong with a data set, collected so that one report lists all of it."""

import logging
import os
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from boxwright.bounded_text import LONGEST_NAME, bounded
from boxwright.data.fault_kinds import FAULT_KINDS, Severity
from boxwright.errors import DataError, counted
from boxwright.lettering.visible import visible

OnBad = Literal["error", "skip"]

MOST_LISTED = 20
"""Faults of one kind that a message lists, and of all kinds together as long as each has three."""

_FEWEST_LISTED = 3
_LONGEST_FAULT = 1_000  # characters
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
        """Fills in the cure of the kind; cuts what was taken from a file and is too long to be read."""
        if not self.cure:
            object.__setattr__(self, "cure", FAULT_KINDS[self.code].cure)
        if len(self.message) > _LONGEST_FAULT:
            object.__setattr__(self, "message", bounded(self.message, _LONGEST_FAULT))
        if self.where is not None and len(self.where) > LONGEST_NAME:
            object.__setattr__(self, "where", bounded(self.where, LONGEST_NAME))

    @property
    def severity(self) -> Severity:
        """An error is left out or stops; a warning is used, perhaps changed; a note needs no attention."""
        return FAULT_KINDS[self.code].severity

    @property
    def text(self) -> str:
        """All but the file, on one line."""
        place = f"{self.where}: " if self.where else ""
        return visible(f"{place}{self.message}; {self.cure}")

    def __str__(self) -> str:
        place = f", {self.where}" if self.where else ""
        return visible(f"{self.file}{place}: {self.message}; {self.cure}")

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
        count, listing = counted(len(errors), "fault"), self._listing(errors)
        whole = [fault for fault in errors if FAULT_KINDS[fault.code].is_whole]
        if on_bad == "skip" and whole:
            raise DataError("\n".join(f"{fault}." for fault in whole))
        if on_bad == "error":
            way_out = ', or leave these images and boxes out: --on_bad skip (in Python on_bad="skip")'
            raise DataError(f"{self.source} has {count}:\n{listing}\nMend the data{'' if whole else way_out}.")
        _log.warning("%s: %s left out:\n%s", self.source, count, listing)

    def _listing(self, faults: Sequence[Fault]) -> str:
        """Lists faults, one line each; of many only the first ones of each kind, and a file that has them all."""
        if len(faults) <= MOST_LISTED:
            return "\n".join(f"  - {self._line(fault)}" for fault in faults)
        kinds: dict[str, list[Fault]] = defaultdict(list)
        for fault in faults:
            kinds[fault.code].append(fault)
        most = max(_FEWEST_LISTED, MOST_LISTED // len(kinds))
        lines = []
        for code, alike in kinds.items():
            lines += [f"  - {self._line(fault)}" for fault in alike[:most]]
            if len(alike) > most:
                lines.append(f"  … and {len(alike) - most:,} more {FAULT_KINDS[code].title}")
        return "\n".join([*lines, _all_in_file(faults)])

    def _line(self, fault: Fault) -> str:
        return fault.text if fault.file == self.source else str(fault)


def _all_in_file(faults: Sequence[Fault]) -> str:
    """Writes all faults where temporary files go, and says where; without room for it, what lists them."""
    try:
        handle, path = tempfile.mkstemp(prefix="boxwright-faults-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(f"{fault}\n" for fault in faults)
    except OSError:
        return "`boxwright verify --json` lists all of them."
    return f"All {len(faults):,} are listed in {path}."
