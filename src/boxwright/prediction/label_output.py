"""Writing predictions as text files of YOLO."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from types import TracebackType

import numpy as np

from boxwright.data.formats.yolo.ring_seams import join_rings
from boxwright.errors import counted
from boxwright.geometry.outlines import trace_outlines
from boxwright.lettering.visible import visible
from boxwright.prediction.frames import Frame
from boxwright.prediction.output_names import OutputNames
from boxwright.prediction.outputs import Making, Output, Writing, nothing
from boxwright.structures import Detections, InstanceMasks
from boxwright.writing.atomic_file import atomic_file
from boxwright.writing.numbered import FreeNames

FOLDER = "labels"
NAMES = "classes.txt"


class LabelOutput(Output):
    """Writes a text file per image, `labels/NAME.txt`, as labels of a YOLO data set, and the class names beside them.

    A row is an object: the number of its class, then centre, width and height of the box as fractions of the image, or
    with masks the outline. Scores have no place in this format. Frames of a video have their number in the name.

    Args:
        folder: Where to; the files lie in `labels` in it.
        categories: Class names by label.
    """

    def __init__(self, folder: Path, categories: Sequence[str]) -> None:
        self.categories, self._folder = categories, folder
        self._names = OutputNames(folder)
        self._lacking: list[int] = []

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the class names, and says how many objects have no row."""
        if sum(self._lacking):
            warnings.warn(_lacking_line(sum(self._lacking)), stacklevel=2)
        if kind is None:
            with atomic_file(FreeNames().give(self._folder / FOLDER / NAMES)) as file:
                file.write(
                    "".join(f"{visible(name)}\n" for name in self.categories).encode("utf-8", "backslashreplace")
                )

    def task(self, frame: Frame, detections: Detections) -> Making:
        """Takes the detections of one image.

        Args:
            frame: The image.
            detections: In it.

        Raises:
            ConfigError: The file would lie beside one of the source.
        """
        return partial(self._write, self._names.give(numbered_frame(frame), ".txt", FOLDER), detections)

    def _write(self, path: Path, detections: Detections) -> Writing:
        rows = label_rows(detections)
        self._lacking.append(len(detections) - len(rows))  # whole, whichever thread appends
        with atomic_file(path) as file:
            file.write("".join(f"{row}\n" for row in rows).encode())
        return nothing


def numbered_frame(frame: Frame) -> Frame:
    """Puts the number of a frame of a video into its name; other images stay as they are.

    Args:
        frame: The image.
    """
    if frame.video is None:
        return frame
    name = PurePosixPath(frame.name)
    return replace(frame, name=str(name.with_name(f"{name.stem}-{frame.position:06d}{name.suffix}")))


def label_rows(detections: Detections) -> list[str]:
    """Gives the objects as rows of a YOLO label file.

    Args:
        detections: Of one image; a mask becomes its outline, along the edges of pixels, with seams to its other parts
            and its holes. An empty mask has no outline and gives no row.
    """
    height, width = detections.origin.size
    sides = np.array((width, height), dtype=np.float64)
    if detections.masks is None:
        low, high = detections.boxes[:, :2].double().numpy(), detections.boxes[:, 2:].double().numpy()
        columns = list(np.concatenate(((low + high) / 2 / sides, (high - low) / sides), axis=1))
    else:
        columns = [(ring / sides).reshape(-1) for ring in _outlines(detections.masks)]
    labelled = zip(detections.labels.tolist(), columns, strict=True)
    return [" ".join([str(label), *(f"{value:.6f}" for value in row)]) for label, row in labelled if len(row)]


def _outlines(masks: InstanceMasks) -> Iterator[np.ndarray]:
    """Traces every mask as one ring of points; an empty one has none."""
    for crop, corner in zip(masks.crops(), masks.windows[:, :2].numpy(), strict=True):
        outer, holes = trace_outlines(crop)
        rings = [np.asarray(ring, dtype=np.float64) + corner for ring in (*outer, *holes)]
        yield join_rings(rings) if rings else np.zeros((0, 2))


def _lacking_line(number: int) -> str:
    return (
        f"labels: {counted(number, 'object has', 'objects have')} an empty mask, which has no outline, and no row. "
        "detections.json (save json) has them with their boxes."
    )
