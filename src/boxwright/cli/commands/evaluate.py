"""boxwright evaluate."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.commands.reading_flags import ReadingFlags
from boxwright.settings.device_name import require_device_name
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.given_paths import require_data, require_model
from boxwright.settings.ranges import require_ranges


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateFlags:
    """The settings of one measurement.

    Args:
        data: Data set: a folder, an annotation file, or "sample:bccd".
        model: Model file, run directory, whose best model is taken, or an exported file or its folder.
        split: Part of the data set.
        canvas: Side of the network's input, or height and width; that of the training if left out.
        tile: Side of the tiles that images are cut into, or height and width, in pixels of the image; null takes images
            whole. "model" does as the training did.
        tile_overlap: Share of its side that a tile has in common with the next one; that of the training, or 0.2, if
            left out.
        batch_size: Images per batch.
        workers: Processes that load images, or null to choose.
        device: cpu, cuda, cuda:1, mps or auto.
        precision: Arithmetic of the network.
        tta: Whether every image is looked at six times, also smaller, larger and mirrored, and what is found merged.
        on_bad: What to do about faulty annotations and images: stop with an error, or skip them.
        max_detections: Best detections per image and category that AP counts; COCO uses 100. A system that gives fewer
            of one image gives as many.
        score_threshold: Errors and the confusion matrix are those of detections with a higher score; the threshold with
            the best F1 if left out.
        sheet: Whether to draw a sheet of the images with most errors, with predicted and true boxes.
        gallery: Whether to write errors.html, a page that shows every error.
        update_model: Whether the numbers and the best threshold, which prediction then takes, go into the model file.
        output: Folder for result directories.
        name: Name of the result directory; a number is appended if it exists.
    """

    data: str
    model: str
    split: Literal["train", "val", "test"] = "val"
    canvas: int | tuple[int, int] | None = None
    tile: int | tuple[int, int] | Literal["model"] | None = "model"
    tile_overlap: float | None = None
    batch_size: int = 16
    workers: int | None = None
    device: str = "auto"
    precision: Literal["32", "bf16", "fp16"] = "32"
    tta: bool = False
    on_bad: Literal["error", "skip"] = "error"
    max_detections: int = 100
    score_threshold: float | None = None
    sheet: bool = True
    gallery: bool = True
    update_model: bool = False
    output: str = "runs"
    name: str = "evaluate"


PARSER = SettingsParser(
    EvaluateFlags,
    ReadingFlags,
    command="boxwright evaluate",
    about="Measures a trained model on a data set.",
    answer=partial(foreign_answer, "evaluate"),
)


def run(words: list[str]) -> None:
    """Measures a model.

    Args:
        words: Flags as typed.
    """
    settings = PARSER.read(words)
    require_device_name(settings["device"])
    require_ranges(settings)
    require_model(settings["model"])
    require_data(settings["data"])

    from boxwright.evaluation import evaluate

    evaluate(**settings)
