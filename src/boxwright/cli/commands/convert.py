"""boxwright convert."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags


@dataclass(frozen=True, slots=True)
class ConvertFlags:
    """The settings of one conversion.

    Args:
        source: Data set: a folder, an annotation file, a YAML file, or "sample:bccd".
        destination: Folder to write, which must be empty or not yet there.
        to: Format: coco, yolo or voc.
        images: Whether image files are copied, or only linked to.
        on_bad: What to do about faulty annotations: stop with an error, or skip them.
    """

    source: str
    destination: str
    _: KW_ONLY
    to: Literal["coco", "yolo", "voc"]
    images: Literal["copy", "link"] = "copy"
    on_bad: Literal["error", "skip"] = "error"


PARSER = SettingsParser(
    ConvertFlags,
    ReadingFlags,
    command="boxwright convert",
    about="Writes a data set as COCO, Pascal VOC or YOLO, boxes and masks.",
)


def run(words: list[str]) -> None:
    """Writes a data set in another format, and says what could not be kept.

    Args:
        words: As typed.
    """
    settings = PARSER.read(words)

    from boxwright.data.conversion import convert

    print(convert(**settings).text())
