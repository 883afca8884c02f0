"""boxwright parts."""

from dataclasses import dataclass
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.settings.catalog import require_system
from boxwright.settings.parts.table import parts_table


@dataclass(frozen=True, slots=True)
class PartsFlags:
    """What is listed.

    Args:
        system: Only say whether parts fit this system, or null for all.
        role: Only parts of this kind, or null for all.
    """

    system: str | None = None
    role: Literal["assigner", "sampler", "reducer", "class_loss", "box_loss"] | None = None


PARSER = SettingsParser(
    PartsFlags,
    command="boxwright parts",
    about="Lists the parts that can be put in place of a system's own, and which systems they fit.",
)


def run(words: list[str]) -> None:
    """Prints the table.

    Args:
        words: As typed.
    """
    settings = PARSER.read(words)
    if settings["system"] is not None:
        require_system(settings["system"])
    print(parts_table(settings["system"], settings["role"]))
