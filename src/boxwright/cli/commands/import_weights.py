"""boxwright import."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from boxwright.arguments.parser import SettingsParser
from boxwright.settings.catalog import require_system
from boxwright.writing.atomic_file import require_free


@dataclass(frozen=True, slots=True)
class ImportFlags:
    """What is imported.

    Args:
        file: Weights that another program has trained, .pt, .pth or .safetensors. Nothing in it is run.
        system: What the network should be, for instance yolov8n; left out it is recognised.
        categories: Names of the categories by label, comma-separated, where the file says none.
        output: Model file to write; left out it has the name of the file and .safetensors, in the present folder.
    """

    file: str
    _: KW_ONLY
    system: str | None = None
    categories: str | list[str] = ""
    output: str | None = None


PARSER = SettingsParser(
    ImportFlags,
    command="boxwright import",
    about="Turns weights that others have trained into a model file, without running their programs.",
)


def run(words: list[str]) -> None:
    """Imports weights, and says what they are and where they come from.

    Args:
        words: As typed.
    """
    settings = PARSER.read(words)
    file, system, names = settings["file"], settings["system"], settings["categories"]
    if system is not None:
        require_system(system)
    output = Path(settings["output"] or Path(file).with_suffix(".safetensors").name)
    require_free(output, "output")

    from boxwright.systems.import_file import import_file

    categories = [name.strip() for name in (names.split(",") if isinstance(names, str) else names) if name.strip()]
    print(import_file(Path(file), output, system=system, categories=categories or None))
