"""boxwright train."""

from boxwright.arguments.parser import SettingsParser
from boxwright.settings.training import TrainingSettings, require_start, settings_from

PARSER = SettingsParser(
    TrainingSettings,
    command="boxwright train",
    about="Trains a detector on your images and measures it.",
)


def run(words: list[str]) -> None:
    """Trains.

    Args:
        words: Flags as typed.
    """
    given = PARSER.given(words)
    require_start(settings_from(given))

    from boxwright.training.command import run_training

    run_training(given)
