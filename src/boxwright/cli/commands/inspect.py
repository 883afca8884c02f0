"""boxwright inspect."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.cli.default_places import numbered
from boxwright.cli.several_names import several_names
from boxwright.errors import counted
from boxwright.settings.device_name import require_device_name
from boxwright.settings.parts.choice import require_named_system

INSPECTION = "runs/inspect/inspection.html"


@dataclass(frozen=True, slots=True)
class InspectFlags:
    """The settings of one page.

    Args:
        source: Data set: a folder, an annotation file, or "sample:bccd".
        system: What to inspect; may be repeated to compare. Parts stand behind a colon: yolov8n:assigner=atss.
        checkpoint: Model file, or run directory for its best model, to inspect beside the systems; may be repeated.
        split: Part of the data set.
        images: How many, spread over the data set; or the names or ids of some; 200 at most.
        canvas: Side of the networks' input, or height and width; if left out, what each system is trained at.
        system_options: Options of the systems, such as guarantee; each goes to the systems that have it.
        seed: Of the fresh networks.
        title: Of the page.
        output: HTML file to write; a file that is there stays.
        device: cpu, cuda, cuda:1, mps or auto.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
    """

    source: str
    _: KW_ONLY
    system: str | Sequence[str] = ()
    checkpoint: str | Path | Sequence[str | Path] = ()
    split: Literal["train", "val"] = "val"
    images: int | list[str] | str = 12
    canvas: int | tuple[int, int] | None = None
    system_options: dict[str, Any] | None = None
    seed: int = 0
    title: str | None = None
    output: str = INSPECTION
    device: str = "auto"
    on_bad: Literal["error", "skip"] = "error"


PARSER = SettingsParser(
    InspectFlags,
    ReadingFlags,
    command="boxwright inspect",
    about="Shows in a page which priors answer for which object, and why others do not.",
)


def run(words: list[str]) -> None:
    """Writes a page that shows the assignment of some images under each system.

    Args:
        words: As typed.
    """
    settings = PARSER.read(["--source" + word[6:] if word.partition("=")[0] == "--data" else word for word in words])
    settings["system"] = several_names(settings["system"])
    for system in settings["system"]:
        require_named_system(system)
    require_device_name(settings["device"])

    from boxwright.cli.image_bars import ImageBars
    from boxwright.inspection import inspect

    settings = numbered(settings, "output", INSPECTION)
    with ImageBars() as bars:
        inspection = inspect(**settings, progress=bars.show)
    objects = sum(int((~image.ignore).sum()) for image in inspection.images)
    names = ", ".join(system.name for system in inspection.systems)
    print(f"{counted(objects, 'object')} in {counted(len(inspection.images), 'image')} under {names}.")
    print(f"Open {settings['output']} in a browser; it needs no network.")
