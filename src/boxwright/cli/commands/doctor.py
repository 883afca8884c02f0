"""boxwright doctor."""

from boxwright.arguments.parser import SettingsParser

PARSER = SettingsParser(
    command="boxwright doctor",
    about="Tells the versions, the devices, and which kernels they run.",
)


def run(words: list[str]) -> None:
    """Tells what a bug report needs to know about the machine.

    Args:
        words: As typed.
    """
    PARSER.read(words)

    from boxwright.cli.doctor import doctor

    print(doctor())
