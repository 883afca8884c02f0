"""The command that compares models."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from boxwright.benchmarking.measured_model import MeasuredModel
from boxwright.benchmarking.own_process import measured_alone
from boxwright.benchmarking.result_table import result_table, write_results
from boxwright.benchmarking.speed_figure import speed_figure
from boxwright.benchmarking.task import Task
from boxwright.compute_device import pick_device
from boxwright.data.formats.layout import Split
from boxwright.data.reading_limits import DEFAULT_LIMITS
from boxwright.errors import ConfigError
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference.programs.opening import file_of_program, is_program
from boxwright.run_files.narration import narration
from boxwright.run_files.run_directory import new_run_directory
from boxwright.settings.python_names import answers_names
from boxwright.systems import read_card

logger = logging.getLogger("boxwright")


@answers_names("benchmark")
def benchmark(
    models: str | Path | Sequence[str | Path],
    *,
    data: str | Path,
    split: Split = "val",
    canvas: int | tuple[int, int] | None = None,
    batch_size: int = 1,
    device: str = "auto",
    threads: int | None = None,
    images: int | None = None,
    on_bad: Literal["error", "skip"] = "error",
    val: float | str | None = None,
    val_seed: int = 0,
    allow_outside: bool = False,
    max_pixels: int = DEFAULT_LIMITS.max_pixels,
    output: str | Path = "runs",
    name: str = "benchmark",
) -> list[MeasuredModel]:
    """Measures models of every format on the same images, each in a process of its own, one after the other.

    It prints a table, and writes it as benchmark.csv and as a picture, benchmark.png: AP over milliseconds.

    Args:
        models: Model files, run directories for their best models, exported files or their folders.
        data: Data set: a folder, an annotation file, or "sample:bccd".
        split: Part of the data set: train, val or test.
        canvas: Side of the network's input, or height and width; that of each model if left out.
        batch_size: Images that go through the network at once.
        device: cpu, cuda, cuda:1, mps or auto.
        threads: Threads of the processor that compute; as many as torch takes if left out.
        images: How many images to measure on, from the first; all if left out.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        val: For data without parts: share of the images to measure on, or the file or run directory that says which.
        val_seed: Of the choice of these images.
        allow_outside: Whether a path in an annotation file may lead out of the folder of the data.
        max_pixels: Largest height × width of an image.
        output: Folder for result directories.
        name: Name of the result directory; a number is appended if it exists.

    Returns:
        One entry per model, in their order.

    Raises:
        DataError: A model or the data cannot be read, or their categories differ.
        ConfigError: A setting is impossible.
        MissingExtraError: What runs a file is not installed.
    """
    given = {setting: value for setting, value in locals().items() if setting in Task.__dataclass_fields__}
    given |= {"data": str(data), "canvas": None if canvas is None else canvas_pair(canvas)}
    named = [str(each) for each in ([models] if isinstance(models, str | Path) else models)]
    _require_possible(named, {"batch_size": batch_size, "threads": threads, "images": images}, device)
    run = new_run_directory(Path(output), name)
    rows: list[MeasuredModel] = []
    with narration(run.log):
        for place, model in enumerate(named, 1):
            logger.info(f"Measuring {place} of {len(named)}: {model}")
            rows.append(measured_alone(Task(**given | {"model": model})))
            for warning in rows[-1].warnings:
                logger.warning(warning)
            write_results(rows, run.path / "benchmark.csv")  # what was measured stays, whatever comes
        speed_figure(rows, run.path / "benchmark.png")
        logger.info(f"{_how(rows[0])}\n\n{result_table(rows)}\n\nThe results are in {run.path}.")
    return rows


def _require_possible(models: Sequence[str], counts: dict[str, int | None], device: str) -> None:
    """Raises an error before anything is measured that would make all of it useless."""
    for setting, count in counts.items():
        if count is not None and count < 1:
            raise ConfigError(f"{setting} is {count}. Give a whole number of at least 1.")
    if not models:
        raise ConfigError("models: there is none to measure. Name model files, run directories or exported files.")
    pick_device(device)
    for model in models:
        if is_program(model):
            file_of_program(model)
        else:
            read_card(model)


def _how(row: MeasuredModel) -> str:
    """Says what holds for all rows."""
    threads = "1 thread" if row.threads == 1 else f"{row.threads} threads"
    return f"Images: {row.images}, {row.batch_size} at once; {row.device}, {threads}. Milliseconds per image, median."
