"""From a model file and images to pictures, files and detections, in one call."""

import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import torch

from boxwright.errors import ConfigError, unknown_name
from boxwright.prediction.frames import read_frames
from boxwright.prediction.outputs import CocoResultOutput, Output, PictureOutput
from boxwright.prediction.predictor import Predictor
from boxwright.prediction.sources import Source
from boxwright.structures import Detections
from boxwright.systems import ModelCard, System, load_model

KINDS = ("pictures", "json")
ON_BAD = ("error", "skip")
RESULT_FILE = "detections.json"


def predict(
    model: str | Path | tuple[System, ModelCard],
    source: Source,
    *,
    output: str | Path | None = None,
    save: str | Sequence[str] = ("pictures",),
    score_threshold: float = 0.25,
    iou_threshold: float | None = None,
    max_detections: int = 300,
    batch_size: int = 8,
    canvas: int | tuple[int, int] | None = None,
    device: torch.device | str = "auto",
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
        output: Folder for what is saved; nothing is written if left out.
        save: "pictures" (images and videos with boxes drawn in) and "json" (`detections.json`, a COCO result file).
        score_threshold: Only detections with a higher score.
        iou_threshold: The weaker of two detections of a class goes if they overlap by more than this; that of the
            system if left out.
        max_detections: Most detections per image.
        batch_size: Images that go through the detector at once.
        canvas: Side of the network's input in pixels, or height and width; the one of the training if left out.
        device: "auto" takes a GPU where there is one.
        channels: Order of the channels of arrays and tensors, "rgb" or "bgr".
        on_bad: "error" if a file that cannot be read is an error, "skip" if it is left out and a warning says so.
        category_ids: Category ids by label for the result file; those of the training data if left out.

    Returns:
        One value per image or video frame, in order.

    Raises:
        DataError: The model or a source is not usable; the message names the file.
        ConfigError: A setting is unknown or impossible.
    """
    _check_channels(source, channels)
    system, card = load_model(model) if isinstance(model, (str, Path)) else model
    predictor = Predictor(
        system,
        card,
        device=device,
        canvas_size=(canvas, canvas) if isinstance(canvas, int) else canvas,
        score_threshold=score_threshold,
        iou_threshold=iou_threshold,
        max_detections=max_detections,
    )
    skipped = _list_of_skipped(on_bad)
    frames = read_frames(source, channels=channels, skipped=skipped)
    everything = []
    with ExitStack() as stack:
        outputs = [stack.enter_context(each) for each in _outputs(output, save, card, category_ids)]
        for frame, detections in predictor.over(frames, batch_size):
            for each in outputs:
                each.write(frame, detections)
            everything.append(detections)
    if skipped:
        warnings.warn(f"{len(skipped)} files could not be read and were left out:\n" + "\n".join(skipped), stacklevel=2)
    return everything


def _check_channels(source: Source, channels: str) -> None:
    """Refuses an order that would change nothing."""
    entries = source if isinstance(source, (list, tuple)) else [source]
    if channels == "bgr" and all(isinstance(entry, (str, Path)) for entry in entries):
        raise ConfigError("channels is the order in arrays and tensors; files say their own. Leave it out.")


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
