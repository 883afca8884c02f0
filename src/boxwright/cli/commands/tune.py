"""boxwright tune."""

from functools import partial

from boxwright.arguments.parser import SettingsParser
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.training import TrainingSettings
from boxwright.settings.tuning.search import DEFAULT_NAME, SearchSettings, require_search

PARSER = SettingsParser(
    SearchSettings,
    TrainingSettings,
    command="boxwright tune",
    about="Searches settings: trains many times, each time with others, and says which are the best.",
    answer=partial(foreign_answer, "tune"),
    without=("resume",),
)
PARSER.set_defaults(name=DEFAULT_NAME)


def run(words: list[str]) -> None:
    """Searches settings, or goes on with a search.

    Args:
        words: Flags as typed.
    """
    given = PARSER.given(words)
    require_search(given)

    from boxwright.training.tuning.command import run_search

    run_search(given)
