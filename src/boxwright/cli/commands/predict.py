"""boxwright predict."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.bounded_text import listed_lines
from boxwright.cli.plain_messages import plain_messages
from boxwright.cli.plain_warnings import plain_warnings
from boxwright.cli.streams import say
from boxwright.errors import DataError, counted
from boxwright.settings.cluster import require_engine
from boxwright.settings.device_name import require_device_name
from boxwright.settings.foreign_answers import foreign_answer
from boxwright.settings.given_paths import require_model, require_source
from boxwright.settings.reading import MAX_PIXELS
from boxwright.settings.search import require_search
from boxwright.writing.atomic_file import require_folder
from boxwright.writing.finished_folder import require_unfinished
from boxwright.writing.numbered import new_folder

PREDICTIONS = "runs/predict"
LISTED = 10
OF_CLUSTER = ("actors", "rows_per_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictFlags:
    """The settings of one search; of those of `boxwright.predict`, all that can be typed.

    Args:
        model: Model file, run directory for its best model, or an exported file or its folder.
        source: File, folder, pattern, video, address of a stream (rtsp://… or http://…), or number of a camera, from 0;
            a file or folder of this name goes before.
        output: Folder for what is saved, or null for nothing. Files that are there stay: a name that is taken gets a
            number. Pictures must not go where those of the source lie.
        save: "pictures" (images and videos with boxes drawn in), "json" (detections.json, a COCO result file), "crops"
            (every object as a picture) and "labels" (a text file per image, as YOLO data sets have them).
        score_threshold: Only detections with a higher score; if left out, the threshold that was measured to be best,
            as the model file says, or 0.25 where it does not.
        iou_threshold: The weaker of two detections of a class goes if they overlap by more than this; that of the
            system if left out.
        max_detections: Most detections per image; that of the model if left out, 300 for YOLO as published.
        one_class_per_box: Whether a box is given once, with its best class; else as often as it has classes over the
            threshold, as evaluate measures.
        class_agnostic: Whether the weaker of two detections goes also if they are of different classes.
        classes: Names or numbers of the classes that are wanted; all if left out.
        min_size: Only objects of this size or larger: the square root of the area of the box, in pixels.
        max_size: Only objects of this size or smaller.
        tracker: Numbers the objects of films, each the same in every frame; needs the package trackers.
        batch_size: Images that go through the detector at once; 1 of cameras and streams.
        workers: Threads that read, draw and write beside the network, or null to choose; 0 does one thing after the
            other.
        canvas: Side of the network's input in pixels, or height and width; the one of the training if left out.
        tile: Side of the tiles that images are cut into, or height and width, in pixels of the image; null takes images
            whole. "model" does as the training did.
        tile_overlap: Share of its side that a tile has in common with the next one; that of the training, or 0.2, if
            left out.
        device: cpu, cuda, cuda:1, mps or auto.
        precision: Arithmetic of the network, with the meaning that it has in training.
        tta: Whether every image is looked at six times, also smaller, larger and mirrored, and what is found merged.
        on_bad: What to do about files that cannot be read: stop with an error, or skip them with a warning.
        max_pixels: Largest height × width of an image; a small file can claim a size that fills the memory.
        category_ids: Category ids by label for the result file; those of the training data if left out.
        engine: Where it runs: local, in this process, or ray, on a cluster of Ray, of which this machine is one where
            none is known. Ray takes pictures by file, folder, pattern or address (s3://…), or Parquet files that hold
            or name them, and --output parquet:DIR gets a row for each. What has a row is passed over by a second start.
        actors: Of --engine ray: processes with a network each. If left out, one per GPU, or one per CPU but one.
        rows_per_file: Of --engine ray: rows of one Parquet file; 1000 if left out.
    """

    model: str
    source: str
    output: str | None = PREDICTIONS
    save: str | Sequence[str] = ("pictures",)
    score_threshold: float | None = None
    iou_threshold: float | None = None
    max_detections: int | None = None
    one_class_per_box: bool = True
    class_agnostic: bool = False
    classes: str | Sequence[str] | None = None
    min_size: float = 0.0
    max_size: float | None = None
    tracker: Literal["bytetrack", "ocsort", "sort"] | None = None
    batch_size: int = 8
    workers: int | None = None
    canvas: int | tuple[int, int] | None = None
    tile: int | tuple[int, int] | Literal["model"] | None = "model"
    tile_overlap: float | None = None
    device: str = "auto"
    precision: Literal["32", "bf16", "fp16"] = "32"
    tta: bool = False
    on_bad: Literal["error", "skip"] = "error"
    max_pixels: int = MAX_PIXELS
    category_ids: Sequence[int] | None = None
    engine: Literal["local", "ray"] = "local"
    actors: int | None = None
    rows_per_file: int | None = None


PARSER = SettingsParser(
    PredictFlags,
    command="boxwright predict",
    about="Finds objects in images and videos.",
    answer=partial(foreign_answer, "predict"),
)


def run(words: list[str]) -> None:
    """Finds objects, and says how many and where they were written.

    Args:
        words: Flags as typed.
    """
    given = PARSER.given(words)
    settings = PARSER.completed(given)
    require_engine(settings, given)
    require_device_name(settings["device"])
    require_search(settings)
    require_model(settings["model"])
    require_source(settings["source"])
    if settings["engine"] == "ray":
        _run_on_cluster(settings)
    else:
        _run_here(settings)


def _run_here(settings: dict[str, Any]) -> None:
    for name in ("engine", *OF_CLUSTER):
        del settings[name]
    if settings["output"] == PREDICTIONS:
        settings["output"] = str(new_folder(Path(PREDICTIONS)))
    if settings["output"] is not None:
        require_folder(Path(settings["output"]), "output")
        require_unfinished(Path(settings["output"]), "output")

    from boxwright.prediction import predict

    objects = images = 0
    with plain_warnings(), plain_messages():
        for found in predict(**settings, stream=True):
            objects, images = objects + len(found), images + 1
    is_saved = settings["output"] is not None and settings["save"]
    place = f"The results are in {settings['output']}." if is_saved else "Nothing was saved."
    print(f"{counted(objects, 'object')} in {counted(images, 'image')}. {place}")


def _run_on_cluster(settings: dict[str, Any]) -> None:
    is_error = settings["on_bad"] == "error"
    for name in ("engine", "save", "tracker", "category_ids", "on_bad"):
        del settings[name]

    from boxwright.cli.image_bars import ImageBars
    from boxwright.cluster.command import predict_over_cluster

    with plain_warnings(), plain_messages(), ImageBars() as bars:
        run = predict_over_cluster(**settings, progress=partial(bars.show, "the source"))
    fresh = counted(run.images - run.before, "image")
    print(f"{counted(run.objects, 'object')} in {fresh}. The rows of {run.images:,} are in {run.folder}.")
    if run.faults:
        said = f"{counted(len(run.faults), 'image')} could not be read; the rows say why in the column error"
        message = f"{said}:\n{listed_lines(list(run.faults.values()), most=LISTED)}"
        if is_error:
            raise DataError(message)
        say(f"boxwright: {message}")
