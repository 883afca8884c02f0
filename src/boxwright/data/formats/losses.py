"""What is lost between formats."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Losses:
    """What is lost between formats: what a format cannot hold, or holds and boxwright does not read.

    Args:
        examples: By what was lost, the objects and images it was lost of.
    """

    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, example: str) -> None:
        """Notes one loss.

        Args:
            what: What was lost and what was done, in the plural.
            example: Which image or object.
        """
        self.examples.setdefault(what, []).append(example)

    def include(self, other: "Losses") -> None:
        """Takes over what another list has.

        Args:
            other: The list.
        """
        for what, examples in other.examples.items():
            self.examples.setdefault(what, []).extend(examples)

    def lines(self) -> Iterator[str]:
        """Gives one line per kind."""
        for what, examples in self.examples.items():
            yield f"{len(examples)} × {what} (first: {examples[0]})"
