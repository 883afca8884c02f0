"""boxwright info."""

from dataclasses import dataclass

from boxwright.arguments.parser import SettingsParser


@dataclass(frozen=True, slots=True)
class InfoFlags:
    """What is looked at.

    Args:
        model: Model file, or run directory for its best model.
    """

    model: str


PARSER = SettingsParser(
    InfoFlags,
    command="boxwright info",
    about="Says what a model file holds, where its weights come from, and what it reaches.",
)


def run(words: list[str]) -> None:
    """Prints the card of a model.

    Args:
        words: As typed.
    """
    settings = PARSER.read(words)

    from boxwright.systems import read_card
    from boxwright.systems.card_text import card_text

    print(card_text(read_card(settings["model"])), end="")
