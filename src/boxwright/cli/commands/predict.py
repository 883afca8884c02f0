"""boxwright predict."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.cli.plain_warnings import plain_warnings
from boxwright.errors import counted
from boxwright.settings.device_name import require_device_name
from boxwright.writing.numbered import new_folder

PREDICTIONS = "runs/predict"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictFlags:
    """The settings of one search; of those of `boxwright.predict`, all that can be typed.

    Args:
        model: Model file, or run directory for its best model.
        source: File, folder, pattern or video.
        output: Folder for what is saved, or null for nothing. Files that are there stay: a name that is taken gets a
            number. Pictures must not go where those of the source lie.
        save: "pictures" (images and videos with boxes drawn in) and "json" (detections.json, a COCO result file).
        score_threshold: Only detections with a higher score; if left out, the threshold that was measured to be best,
            as the model file says, or 0.25 where it does not.
        iou_threshold: The weaker of two detections of a class goes if they overlap by more than this; that of the
            system if left out.
        max_detections: Most detections per image; that of the system if left out, 300 for YOLO.
        batch_size: Images that go through the detector at once.
        canvas: Side of the network's input in pixels, or height and width; the one of the training if left out.
        device: cpu, cuda, cuda:1, mps or auto.
        precision: Arithmetic of the network, with the meaning that it has in training.
        on_bad: What to do about files that cannot be read: stop with an error, or skip them with a warning.
        category_ids: Category ids by label for the result file; those of the training data if left out.
    """

    model: str
    source: str
    output: str | None = PREDICTIONS
    save: str | Sequence[str] = ("pictures",)
    score_threshold: float | None = None
    iou_threshold: float | None = None
    max_detections: int | None = None
    batch_size: int = 8
    canvas: int | tuple[int, int] | None = None
    device: str = "auto"
    precision: Literal["32", "bf16", "fp16"] = "32"
    on_bad: Literal["error", "skip"] = "error"
    category_ids: Sequence[int] | None = None


PARSER = SettingsParser(
    PredictFlags,
    command="boxwright predict",
    about="Finds objects in images and videos.",
)


def run(words: list[str]) -> None:
    """Finds objects, and says how many and where they were written.

    Args:
        words: Flags as typed.
    """
    settings = PARSER.read(words)
    require_device_name(settings["device"])

    from boxwright.prediction import predict

    if settings["output"] == PREDICTIONS:
        settings["output"] = str(new_folder(Path(PREDICTIONS)))
    with plain_warnings():
        found = predict(**settings)
    objects = sum(len(detections) for detections in found)
    is_saved = settings["output"] is not None and settings["save"]
    place = f"The results are in {settings['output']}." if is_saved else "Nothing was saved."
    print(f"{counted(objects, 'object')} in {counted(len(found), 'image')}. {place}")
