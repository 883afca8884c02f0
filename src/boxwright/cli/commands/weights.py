"""boxwright weights."""

from boxwright.arguments.parser import SettingsParser

PARSER = SettingsParser(
    command="boxwright weights",
    about="Lists the published weights that a training can start from by name.",
)


def run(words: list[str]) -> None:
    """Prints the table.

    Args:
        words: As typed.
    """
    PARSER.read(words)

    from boxwright.systems.published import starts_table

    print(starts_table())
