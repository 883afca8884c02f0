"""Parsed JSON that waits, in a fraction of the memory."""

import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_PLAIN = 2  # form of marshal in which numbers are binary and nothing is looked up


@dataclass(frozen=True, slots=True)
class PackedValues:
    """Values as they were parsed: a number of an outline takes 9 bytes here, and 32 as an object in a list.

    Args:
        content: The values, packed; or as they are, if they are nested too deeply for that.
        length: How many there are.
    """

    content: bytes | list[Any]
    length: int

    @classmethod
    def of(cls, values: Sequence[Any]) -> "PackedValues":
        """Packs values.

        Args:
            values: As parsed.
        """
        try:
            return cls(marshal.dumps(list(values), _PLAIN), len(values))
        except ValueError:
            return cls(list(values), len(values))

    def __len__(self) -> int:
        """Number of values."""
        return self.length

    def __iter__(self) -> Iterator[Any]:
        """Gives the values as they were parsed, type by type."""
        content = marshal.loads(self.content) if isinstance(self.content, bytes) else self.content
        return iter(content)
