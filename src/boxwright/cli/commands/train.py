"""boxwright train."""

from functools import partial

from boxwright.arguments.parser import SettingsParser
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.training import TrainingSettings, require_start

ASKS_SETTINGS = "--print_config"

PARSER = SettingsParser(
    TrainingSettings,
    command="boxwright train",
    about="Trains a detector on your images and measures it.",
    answer=partial(foreign_answer, "train"),
)


def run(words: list[str]) -> None:
    """Trains, or prints the settings that it would train by.

    Args:
        words: Flags as typed.
    """
    typed = [word for word in words if word != ASKS_SETTINGS]
    asks_settings = len(typed) < len(words)
    given = PARSER.given(typed)
    if asks_settings and not given.keys() & {"data", "resume"}:  # nothing to fit them to
        PARSER.given(words)
    require_start(given)

    from boxwright.training.command import chosen_settings, run_training

    if asks_settings:
        print(chosen_settings(given), end="")
    else:
        run_training(given)
