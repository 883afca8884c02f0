"""Collecting the faults of a data set, so that one report lists all of them."""

import logging
from dataclasses import dataclass, field
from typing import Literal

from boxwright.errors import DataError

OnBad = Literal["error", "skip"]

_LISTED = 20
_log = logging.getLogger(__name__)


@dataclass
class FaultList:
    """What is wrong with one annotation source.

    Args:
        source: The file that is being read.
        messages: One line per fault, in reading order.
    """

    source: str
    messages: list[str] = field(default_factory=list)

    def add(self, message: str) -> None:
        """Notes one fault.

        Args:
            message: Which image or annotation, what is wrong, and what was found.
        """
        self.messages.append(message)

    def settle(self, on_bad: OnBad) -> tuple[str, ...]:
        """Raises all faults as one error, or logs that they are left out.

        Args:
            on_bad: "error" to raise, "skip" to leave the faulty rows out.

        Returns:
            The messages of what is left out.

        Raises:
            DataError: There are faults and they may not be skipped.
        """
        if not self.messages:
            return ()
        count = f"{len(self.messages)} fault{'s' if len(self.messages) > 1 else ''}"
        listed = "\n".join(f"  - {message}" for message in self.messages[:_LISTED])
        more = len(self.messages) - _LISTED
        rest = f"\n  … and {more} more" if more > 0 else ""
        if on_bad == "error":
            raise DataError(
                f"{self.source} has {count}:\n{listed}{rest}\n"
                'Mend the file, or pass on_bad="skip" to leave these images and boxes out.'
            )
        _log.warning("%s: %s left out:\n%s%s", self.source, count, listed, rest)
        return tuple(self.messages)
