"""boxwright pack."""

from dataclasses import KW_ONLY, dataclass
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags


@dataclass(frozen=True, slots=True)
class PackFlags:
    """The settings of one packing.

    Args:
        source: Data set: a folder, an annotation file, a YAML file, or "sample:bccd".
        destination: Folder to write, which must be empty or not yet there.
        shard_megabytes: Size of the files of images.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        check_images: What is looked at: headers and ends of images; "full" decodes all.
    """

    source: str
    destination: str
    _: KW_ONLY
    shard_megabytes: float = 256.0
    on_bad: Literal["error", "skip"] = "error"
    check_images: Literal["headers", "full"] = "headers"


PARSER = SettingsParser(
    PackFlags,
    ReadingFlags,
    command="boxwright pack",
    about="Writes a data set into a few large files, to train from them here or from an object store.",
)


def run(words: list[str]) -> None:
    """Packs a data set.

    Args:
        words: As typed.
    """
    settings = PARSER.read(words)

    from boxwright.data.packing import pack

    print(pack(**settings).text())
