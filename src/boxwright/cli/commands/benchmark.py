"""boxwright benchmark."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from itertools import takewhile
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.settings.device_name import require_device_name
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.given_paths import require_data, require_model
from boxwright.settings.ranges import require_ranges


@dataclass(frozen=True, slots=True)
class BenchmarkFlags:
    """What is compared, and how.

    Args:
        models: Model files, run directories for their best models, exported files or their folders; several stand one
            behind the other, before the flags.
        data: Data set: a folder, an annotation file, or "sample:bccd".
        split: Part of the data set.
        canvas: Side of the network's input, or height and width; that of each model if left out.
        batch_size: Images that go through the network at once.
        device: cpu, cuda, cuda:1, mps or auto.
        threads: Threads of the processor that compute; as many as torch takes if left out.
        images: How many images to measure on, from the first; all if left out.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        output: Folder for result directories.
        name: Name of the result directory; a number is appended if it exists.
    """

    models: str | Sequence[str]
    _: KW_ONLY
    data: str
    split: Literal["train", "val", "test"] = "val"
    canvas: int | tuple[int, int] | None = None
    batch_size: int = 1
    device: str = "auto"
    threads: int | None = None
    images: int | None = None
    on_bad: Literal["error", "skip"] = "error"
    output: str = "runs"
    name: str = "benchmark"


PARSER = SettingsParser(
    BenchmarkFlags,
    ReadingFlags,
    command="boxwright benchmark",
    about="Compares models of every format on the same images: AP, milliseconds, memory and size.",
    answer=partial(foreign_answer, "benchmark"),
)


def run(words: list[str]) -> None:
    """Compares models.

    Args:
        words: As typed; models come first.
    """
    models = list(takewhile(lambda word: not word.startswith("-"), words))
    flags = words[len(models) :]
    settings = PARSER.read([*(word for model in models for word in ("--models", model)), *flags])
    require_device_name(settings["device"])
    require_ranges(settings)
    for model in models:
        require_model(model)
    require_data(settings["data"])

    from boxwright.benchmarking.command import benchmark

    benchmark(**settings)
