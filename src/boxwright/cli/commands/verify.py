"""boxwright verify."""

import json
from dataclasses import KW_ONLY, dataclass

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.cli.default_places import numbered

STATISTICS = "runs/verify/statistics.png"


@dataclass(frozen=True, slots=True)
class VerifyFlags:
    """The settings of one check.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd".
        json: Print JSON in place of text.
        masks: Whether the data shall train a system with masks: then every object needs one. Otherwise masks only
            tell whether the boxes are where they should be.
        canvas: Side of the network's input in pixels, or height and width; box sizes are measured on it.
        sheet: Where to write a picture of the statistics, or null for none; a file that is there stays.
        workers: Threads that decode images; one per core if null.
    """

    data: str
    _: KW_ONLY
    json: bool = False
    masks: bool = False
    canvas: int | tuple[int, int] = 640
    sheet: str | None = STATISTICS
    workers: int | None = None


PARSER = SettingsParser(
    VerifyFlags,
    ReadingFlags,
    command="boxwright verify",
    about="Reads all annotations, decodes all images, and lists what is wrong or odd.",
)


def run(words: list[str]) -> int:
    """Looks for everything that is wrong with a data set, and prints what was found.

    Args:
        words: As typed.

    Returns:
        0 if the data set is clean, 1 with warnings, 2 with errors.
    """
    settings = PARSER.read(words)

    from boxwright.cli.image_bars import ImageBars
    from boxwright.data.verification import verify

    settings = numbered(settings, "sheet", STATISTICS)
    as_json = settings.pop("json")
    with ImageBars() as bars:
        verdict = verify(**settings, progress=bars.show)
    # JSON in ASCII is read alike whatever the encoding of the pipe
    print(json.dumps(verdict.to_dict(), indent=2) if as_json else verdict.text())
    if settings["sheet"] is not None and verdict.statistics and not as_json:
        print(f"Plots: {settings['sheet']}")
    return verdict.exit_code
