"""Writing every object that was found as a picture of its own."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from boxwright.evaluation import write_picture
from boxwright.prediction.crops import crops_of
from boxwright.prediction.frames import Frame
from boxwright.prediction.label_output import numbered_frame
from boxwright.prediction.output_names import OutputNames
from boxwright.prediction.outputs import Making, Output, Writing, nothing
from boxwright.structures import Detections

FOLDER = "crops"
_LONGEST = 60  # letters, of at most 4 bytes


class CropOutput(Output):
    """Writes what lies in every box as JPEG: `crops/CLASS/NAME.jpg`, with a number where an image has several.

    Args:
        folder: Where to; the pictures lie in `crops` in it.
        categories: Class names by label.
    """

    def __init__(self, folder: Path, categories: Sequence[str]) -> None:
        self._folders = folder_names(categories)
        self._names = OutputNames(folder)

    def task(self, frame: Frame, detections: Detections) -> Making:
        """Takes the objects of one image.

        Args:
            frame: The image.
            detections: In it.

        Raises:
            ConfigError: The pictures would lie beside a file of the source.
        """
        named = numbered_frame(frame)
        folders = [self._folders[label] for label in detections.labels.tolist()]
        return partial(_write, frame, detections, [self._names.give(named, ".jpg", FOLDER, each) for each in folders])


def folder_names(categories: Sequence[str]) -> list[str]:
    """Gives every class a folder, named after it as far as a folder can be; no two have the same.

    Args:
        categories: Class names by label.
    """
    given: list[str] = []
    for label, name in enumerate(categories):
        plain = re.sub(r"[^\w \-]+", "_", name.encode("utf-8", "replace").decode())[:_LONGEST].strip(" _")
        folder, taken = plain or f"class-{label}", {each.casefold() for each in given}
        while folder.casefold() in taken:
            folder = f"{folder}-{label}"
        given.append(folder)
    return given


def _write(frame: Frame, detections: Detections, paths: Sequence[Path]) -> Writing:
    for path, crop in zip(paths, crops_of(frame.image, detections.boxes), strict=True):
        if crop.size:
            write_picture(path, crop)
    return nothing
