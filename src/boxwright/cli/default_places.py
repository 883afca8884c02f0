"""Places for results whose place nobody named."""

import os
from pathlib import Path
from typing import Any

from boxwright.cli.streams import say
from boxwright.lettering.visible import visible
from boxwright.writing.numbered import FreeNames, new_folder


def numbered(settings: dict[str, Any], name: str, default: str) -> dict[str, Any]:
    """Puts what goes to the default place into a new folder, as trainings do: runs/verify, then runs/verify-2.

    A sheet goes beside what is printed, so it may have a number where its name is taken; a line says so.

    Args:
        settings: With the place.
        name: The setting that says it.
        default: What it is if nobody sets it.
    """
    if settings[name] != default:
        if name == "sheet" and settings[name] is not None and os.path.lexists(settings[name]):
            free = str(FreeNames().give(Path(settings[name])))
            say(f"{visible(settings[name])} is there already; the sheet is {visible(free)}.")
            return settings | {name: free}
        return settings
    place = Path(default)
    return settings | {name: str(new_folder(place.parent) / place.name)}
