"""What was set, by a flag or in a file, as against what is left at its default."""

from typing import Any

from boxwright.arguments.parser import SettingsParser, UsageError
from boxwright.cli.configuration_files import require_settings
from boxwright.cli.words import require_once

READING_SETTINGS = ("val", "val_seed", "on_bad", "allow_outside", "max_pixels")


def given_settings(parser: SettingsParser, words: list[str]) -> dict[str, Any]:
    """Reads what was set; defaults are left out.

    Args:
        parser: Of the command.
        words: Flags.
    """
    values = dict(parser.parse_args(files_first(words), defaults=False).as_dict())
    values.pop("config", None)
    return values


def files_first(words: list[str]) -> list[str]:
    """Puts configuration files before everything else, so that flags win wherever they stand.

    Args:
        words: Flags.

    Raises:
        UsageError: A setting stands twice in a file, or a flag has two values.
    """
    require_once(words)
    files: list[str] = []
    rest: list[str] = []
    follows = False
    for word in words:
        (files if follows or word == "--config" or word.startswith("--config=") else rest).append(word)
        follows = word == "--config"
    require_settings(files)
    return [*files, *rest]


def refuse_idle_diagnosis(given: dict[str, Any]) -> None:
    """Refuses settings of `diagnose` that would change nothing: losses are shown as they were logged.

    Args:
        given: What was set.

    Raises:
        UsageError: There is a sheet and no losses to draw, or a setting of a diagnosis and nothing to diagnose.
    """
    if given.get("losses") is None:
        if "sheet" in given:
            raise UsageError("sheet is where the objects of --losses are drawn. Name a run there, or leave it out.")
        return
    idle = [name for name in given if name not in ("data", "losses", "sheet", "system", *READING_SETTINGS)]
    if not given.get("system") and idle:
        raise UsageError(
            f"{', '.join(idle)}: only for a diagnosis, and --losses alone makes none. Name what to diagnose, for "
            "instance --system yolov8n, or leave it out."
        )
