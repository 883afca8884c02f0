"""boxwright anchors."""

import json
from dataclasses import dataclass
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.settings.catalog import require_system


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorsFlags:
    """The settings of one fit.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd".
        system: Whose anchors, for instance yolov5n.
        canvas: Side of the network's input in pixels, or height and width.
        split: Part of the data set.
        seed: Of the fit.
        on_bad: What to do about faulty annotations: stop with an error, or skip them.
    """

    data: str
    system: str = "yolov5n"
    canvas: int | tuple[int, int] = 640
    split: Literal["train", "val"] = "train"
    seed: int = 0
    on_bad: Literal["error", "skip"] = "error"


PARSER = SettingsParser(
    AnchorsFlags,
    ReadingFlags,
    command="boxwright anchors",
    about="Measures a system's anchors on your objects, and fits anchors to them.",
)


def run(words: list[str]) -> None:
    """Measures and fits anchors, and says how to train with them.

    Args:
        words: Flags as typed.
    """
    settings = PARSER.read(words)
    require_system(settings["system"])

    from boxwright.inspection.anchor_reach import anchors

    report = anchors(**settings)
    print(f"{report.verdict()}\n{report.table()}")
    if report.after is not None:
        fitted = json.dumps(report.after.anchors, separators=(",", ":"))
        print(f"To train with the fitted ones: --system_options.anchors='{fitted}'")
