"""From a model file and images to pictures, files and detections, in one call."""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from boxwright.bounded_text import listed_lines
from boxwright.errors import ConfigError, counted, unknown_name
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference import Precision
from boxwright.prediction.frames import Frame, read_frames
from boxwright.prediction.outputs import CocoResultOutput, Output, PictureOutput
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.source_folders import require_apart
from boxwright.prediction.sources import Source, SourceFile, listed
from boxwright.structures import Detections
from boxwright.systems import ModelCard, System, load_model
from boxwright.writing.atomic_file import require_folder

KINDS = ("pictures", "json")
ON_BAD = ("error", "skip")
RESULT_FILE = "detections.json"
LISTED = 10


def predict(
    model: str | Path | tuple[System, ModelCard],
    source: Source,
    *,
    output: str | Path | None = None,
    save: str | Sequence[str] = ("pictures",),
    score_threshold: float | None = None,
    iou_threshold: float | None = None,
    max_detections: int | None = None,
    batch_size: int = 8,
    canvas: int | tuple[int, int] | None = None,
    device: torch.device | str = "auto",
    precision: Precision = "32",
    channels: str = "rgb",
    on_bad: str = "error",
    category_ids: Sequence[int] | None = None,
) -> list[Detections]:
    """Finds objects in images and videos, and writes what is asked for.

    Images are read, drawn and written one batch at a time, so a video may be long. For detections one by one, as
    they are found, use `Predictor`.

    Args:
        model: A model file or run directory that training left, or a system with its card.
        source: Files, folders, patterns, videos, arrays or tensors, see `expand_source`.
        output: Folder for what is saved; nothing is written if left out. Files that are there stay: a name that is
            taken gets a number. Pictures must not go where those of the source lie.
        save: "pictures" (images and videos with boxes drawn in) and "json" (`detections.json`, a COCO result file).
        score_threshold: Only detections with a higher score; if left out, the threshold that was measured to be best,
            as the model file says, or 0.25 where it does not.
        iou_threshold: The weaker of two detections of a class goes if they overlap by more than this; that of the
            system if left out.
        max_detections: Most detections per image; that of the system if left out, 300 for YOLO.
        batch_size: Images that go through the detector at once.
        canvas: Side of the network's input in pixels, or height and width; the one of the training if left out.
        device: "auto" takes a GPU where there is one.
        precision: Arithmetic of the network, with the meaning that it has in training.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".
        on_bad: "error" if a file that cannot be read, or a frame of a video, is an error; "skip" if it is left out
            and a warning says so.
        category_ids: Category ids by label for the result file; those of the training data if left out.

    Returns:
        One value per image or video frame, in order.

    Raises:
        DataError: The model or a source is not usable; the message names the file.
        ConfigError: A setting is unknown or impossible, or pictures would be drawn where the source lies.
    """
    _check_channels(source, channels)
    entries = listed(source)
    if output is not None:
        _require_apart(Path(output), entries, save)
    loaded = load_model(model) if isinstance(model, (str, Path)) else model
    predictor = Predictor(
        *loaded,
        device=device,
        precision=precision,
        canvas_size=None if canvas is None else canvas_pair(canvas),
        score_threshold=loaded[1].usual_threshold if score_threshold is None else score_threshold,
        iou_threshold=iou_threshold,
        max_detections=max_detections,
    )
    skipped = _list_of_skipped(on_bad)
    outputs = _outputs(output, save, predictor.card, category_ids)
    found = _written(predictor.over(read_frames(entries, channels=channels, skipped=skipped), batch_size), outputs)
    if skipped:
        said = f"{counted(len(skipped), 'file')} could not be read, or not all of it, and that was left out"
        warnings.warn(f"{said}:\n{listed_lines(skipped, most=LISTED)}", stacklevel=2)
    _say_renamed(outputs)
    return found


def _written(found: Iterable[tuple[Frame, Detections]], outputs: Sequence[Output]) -> list[Detections]:
    """Writes what is found while it comes, and gives all of it."""
    everything = []
    with ExitStack() as stack:
        for each in outputs:
            stack.enter_context(each)
        for frame, detections in found:
            for each in outputs:
                each.write(frame, detections)
            everything.append(detections)
    return everything


def _check_channels(source: Source, channels: str) -> None:
    """Refuses an order that would change nothing."""
    entries = source if isinstance(source, (list, tuple)) else [source]
    if channels == "bgr" and all(isinstance(entry, (str, Path)) for entry in entries):
        raise ConfigError("channels is the order in arrays and tensors; files say their own. Leave it out.")


def _require_apart(folder: Path, entries: Sequence[Any], save: str | Sequence[str]) -> None:
    """Raises an error if nothing can be written to the folder, or pictures would lie among those of the source."""
    require_folder(folder, "output")
    if "pictures" in ([save] if isinstance(save, str) else save):
        require_apart(folder, [entry for entry in entries if isinstance(entry, SourceFile)])


def _say_renamed(outputs: Sequence[Output]) -> None:
    """Says which results have another name than was to be expected, since a file of that name was there."""
    renamed = [
        names for each in outputs if isinstance(each, (PictureOutput, CocoResultOutput)) for names in each.renamed
    ]
    if renamed:
        lines = [f"{wanted} was there: this run wrote {given.name}" for wanted, given in renamed]
        warnings.warn(
            f"{counted(len(renamed), 'name was', 'names were')} taken, and nothing is written over:\n"
            f"{listed_lines(lines, most=LISTED)}",
            stacklevel=3,
        )


def _list_of_skipped(on_bad: str) -> list[str] | None:
    """Gives an empty list to fill where broken files are left out, None where they are errors."""
    if on_bad not in ON_BAD:
        raise unknown_name("value of on_bad", on_bad, ON_BAD)
    return [] if on_bad == "skip" else None


def _outputs(
    folder: str | Path | None, save: str | Sequence[str], card: ModelCard, category_ids: Sequence[int] | None
) -> list[Output]:
    """Builds the writers that are asked for."""
    asked = [save] if isinstance(save, str) else list(save)
    for kind in asked:
        if kind not in KINDS:
            raise unknown_name("kind of output", kind, KINDS)
    if category_ids is not None and len(category_ids) != len(card.categories):
        raise ConfigError(
            f"There are {len(category_ids)} category_ids for {len(card.categories)} categories. Give one each."
        )
    if category_ids is not None and "json" not in asked:
        raise ConfigError('category_ids are those of the result file. Add "json" to save, or leave them out.')
    if folder is None:
        return []
    outputs: list[Output] = []
    if "pictures" in asked:
        outputs.append(PictureOutput(Path(folder), card.categories))
    if "json" in asked:
        outputs.append(CocoResultOutput(Path(folder) / RESULT_FILE, card.categories, category_ids or card.category_ids))
    return outputs
