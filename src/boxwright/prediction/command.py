"""From a model file and images to pictures, files and detections, in one call."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import torch

from boxwright.inference import WITH_THE_MODEL, Precision, Tile, load_network
from boxwright.prediction.model import Model
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.result import Result
from boxwright.prediction.results import Results
from boxwright.prediction.search import SearchSettings, search
from boxwright.prediction.sources import Source
from boxwright.settings.python_names import answers_names
from boxwright.settings.reading import MAX_PIXELS
from boxwright.systems import ModelCard, System

AnyModel = str | Path | Model | tuple[System, ModelCard]


@answers_names("predict")
def predict(
    model: AnyModel,
    source: Source,
    *,
    stream: bool = False,
    output: str | Path | None = None,
    save: str | Sequence[str] = ("pictures",),
    score_threshold: float | None = None,
    iou_threshold: float | None = None,
    max_detections: int | None = None,
    one_class_per_box: bool = True,
    class_agnostic: bool = False,
    classes: str | int | Sequence[str | int] | None = None,
    min_size: int | float = 0,
    max_size: int | float | None = None,
    tracker: str | None = None,
    batch_size: int = 8,
    workers: int | None = None,
    canvas: int | tuple[int, int] | None = None,
    tile: Tile = WITH_THE_MODEL,
    tile_overlap: float | None = None,
    device: torch.device | str = "auto",
    precision: Precision = "32",
    tta: bool = False,
    channels: str = "rgb",
    on_bad: str = "error",
    max_pixels: int = MAX_PIXELS,
    category_ids: Sequence[int] | None = None,
) -> Results | Iterator[Result]:
    """Finds objects in images and videos, and writes what is asked for.

    Reading, the network, drawing and writing go on at the same time, and a film may be as long as it likes.

    Args:
        model: A model file or run directory that training left, an exported file or its folder, a model that `load`
            read, or a system with its card.
        source: Files, folders, patterns, videos, arrays, tensors, cameras or addresses, see `expand_source`.
        stream: Whether results come one by one, as they are found and written; else all at once, as of a list. What
            nobody asks for is not looked at, and a camera needs it.
        output: Folder for what is saved; nothing is written if left out. Files that are there stay: a name that is
            taken gets a number. Pictures must not go where those of the source lie.
        save: "pictures" (images and videos with boxes drawn in), "json" (`detections.json`, a COCO result file),
            "crops" (every object as a picture) and "labels" (a text file per image, as YOLO data sets have them).
        score_threshold: Only detections with a higher score; if left out, the threshold that was measured to be best,
            as the model file says, or 0.25 where it does not.
        iou_threshold: The weaker of two detections of a class goes if they overlap by more than this; that of the
            system if left out.
        max_detections: Most detections per image; that of the model if left out, 300 for YOLO as published.
        one_class_per_box: Whether a box is given once, with its best class; else as often as it has classes over the
            threshold, as `evaluate` measures.
        class_agnostic: Whether the weaker of two detections goes also if they are of different classes.
        classes: Names or numbers of the classes that are wanted; all if left out.
        min_size: Only objects of this size or larger: the square root of the area of the box, in pixels.
        max_size: Only objects of this size or smaller.
        tracker: "bytetrack", "ocsort" or "sort" numbers the objects of films, each the same in every frame; needs the
            package trackers.
        batch_size: Images that go through the detector at once; 1 of cameras and streams.
        workers: Threads that read, draw and write beside the network, None to choose; 0 does one thing after the other.
        canvas: Side of the network's input in pixels, or height and width; the one of the training if left out.
        tile: Side of the tiles that images are cut into, or height and width, in pixels of the image; None takes images
            whole. "model" does as the training did.
        tile_overlap: Share of its side that a tile has in common with the next one; that of the training, or 0.2, if
            left out.
        device: "auto" takes a GPU where there is one.
        precision: Arithmetic of the network, with the meaning that it has in training.
        tta: Whether every image is looked at six times, also smaller, larger and mirrored, and what is found merged.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".
        on_bad: "error" if a file that cannot be read, or a frame of a video, is an error; "skip" if it is left out
            and a warning says so.
        max_pixels: Largest height × width of an image; a small file can claim a size that fills the memory.
        category_ids: Category ids by label for the result file; those of the training data if left out.

    Returns:
        One value per image or video frame, in order; with `stream` an iterator of them.

    Raises:
        DataError: The model or a source is not usable; the message names the file.
        ConfigError: A setting is unknown or impossible, or pictures would be drawn where the source lies.
    """
    given = {name: value for name, value in locals().items() if name not in ("model", "source")}
    found = search(partial(_loaded, model), source, SearchSettings(**given))
    return found if stream else Results(found)


def _loaded(model: AnyModel) -> tuple[ModelCard, Callable[..., Predictor]]:
    """Gives the card of a model, and what builds its predictor."""
    if isinstance(model, Model):
        return model.card, model.predictor
    system, card = load_network(model) if isinstance(model, str | Path) else model
    return card, lambda **settings: Predictor(system, card, **settings)
