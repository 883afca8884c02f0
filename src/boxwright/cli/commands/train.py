"""boxwright train."""

from functools import partial

from boxwright.arguments.parser import SettingsParser
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.training import TrainingSettings, require_start

PARSER = SettingsParser(
    TrainingSettings,
    command="boxwright train",
    about="Trains a detector on your images and measures it.",
    answer=partial(foreign_answer, "train"),
)


def run(words: list[str]) -> None:
    """Trains.

    Args:
        words: Flags as typed.
    """
    given = PARSER.given(words)
    require_start(given)

    from boxwright.training.command import run_training

    run_training(given)
