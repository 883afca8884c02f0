"""boxwright import."""

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from boxwright.arguments.parser import SettingsParser
from boxwright.errors import ConfigError
from boxwright.settings.catalog import require_system
from boxwright.writing.atomic_file import require_free


@dataclass(frozen=True, slots=True)
class ImportFlags:
    """What is imported.

    Args:
        file: Weights that another program has trained, .pt, .pth or .safetensors, or a name such as
            torchvision:ssd300_vgg16 (boxwright weights lists them). Nothing in a file is run.
        system: What the network should be, for instance yolov8n; left out it is recognised. For a classifier, the
            system that shall start from it as its backbone.
        system_options: Options of the system that shall start from a classifier, for instance backbone.
        categories: Names of the categories by label, comma-separated, where the file says none.
        output: Model file to write; left out it has the name of the file and .safetensors, in the present folder.
    """

    file: str
    _: KW_ONLY
    system: str | None = None
    system_options: dict[str, Any] = field(default_factory=dict)
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
    options = settings["system_options"]
    if system is not None:
        require_system(system, options)
    elif options:
        raise ConfigError("system_options: they are those of the system that shall start from FILE. Name it: --system.")
    output = Path(settings["output"] or Path(file.removeprefix("torchvision:")).with_suffix(".safetensors").name)
    require_free(output, "output")

    from boxwright.systems.import_file import import_file

    categories = [name.strip() for name in (names.split(",") if isinstance(names, str) else names) if name.strip()]
    print(import_file(file, output, system=system, options=options, categories=categories or None))
