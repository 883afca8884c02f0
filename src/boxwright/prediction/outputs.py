"""Writing predictions: annotated pictures and videos, and COCO results."""

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, runtime_checkable

import numpy as np
import supervision as sv

from boxwright.atomic_file import atomic_file
from boxwright.errors import DataError
from boxwright.evaluation import draw_detections, write_picture
from boxwright.prediction.frames import Frame
from boxwright.structures import Detections


@runtime_checkable
class Output(Protocol):
    """Takes predictions one by one, inside a with statement."""

    def __enter__(self) -> "Output":
        """Begins."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends; what was begun is completed, or after an error taken away."""
        ...

    def write(self, frame: Frame, detections: Detections) -> None:
        """Takes one image with what was found in it."""
        ...


class PictureOutput:
    """Writes every image with its detections drawn in, every video as an MP4 file.

    Names follow the source: PNG stays PNG, everything else becomes JPEG, and subfolders are kept. Where a name is
    taken, a number is added. Frames of a video must come in order, without other images between.

    Args:
        folder: Where to.
        categories: Class names by label.
    """

    def __init__(self, folder: Path, categories: Sequence[str]) -> None:
        self.folder, self.categories = folder, categories
        self._taken: set[Path] = set()
        self._sink: sv.VideoSink | None = None
        self._part, self._target = Path(), Path()

    def __enter__(self) -> "PictureOutput":
        """Begins."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the last video, or takes it away after an error."""
        self._close_video(is_whole=kind is None)

    def write(self, frame: Frame, detections: Detections) -> None:
        """Draws and writes one image, or adds it to the video that it belongs to."""
        picture = draw_detections(frame.image, detections, self.categories)
        if frame.video is None or frame.position == 0:
            self._close_video(is_whole=True)
        if frame.video is None:
            suffix = ".png" if Path(frame.name).suffix.lower() == ".png" else ".jpg"
            write_picture(self._free(Path(frame.name).with_suffix(suffix)), picture)
            return
        if self._sink is None:
            self._open_video(frame)
        assert self._sink is not None
        self._sink.write_frame(np.ascontiguousarray(picture[..., ::-1]))

    def _free(self, name: Path) -> Path:
        """Finds the first name that this run has not used."""
        path, number = self.folder / name, 2
        while path in self._taken:
            path, number = self.folder / name.with_stem(f"{name.stem}-{number}"), number + 1
        self._taken.add(path)
        return path

    def _open_video(self, frame: Frame) -> None:
        assert frame.video is not None
        self._target = self._free(Path(frame.name).with_suffix(".mp4"))
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._part = self._target.with_name(f".{self._target.stem}.{os.getpid()}.part.mp4")
        height, width = frame.origin.size
        self._sink = sv.VideoSink(str(self._part), sv.VideoInfo(width, height, frame.video.frames_per_second))
        try:
            self._sink.__enter__()
        except RuntimeError as error:
            self._sink = None
            raise DataError(
                f"{self._target}: OpenCV cannot write a video there. Choose another folder, or save='json'."
            ) from error

    def _close_video(self, *, is_whole: bool) -> None:
        if self._sink is None:
            return
        self._sink.__exit__(None, None, None)
        self._sink = None
        if is_whole:
            self._part.replace(self._target)
        else:
            self._part.unlink(missing_ok=True)


class CocoResultOutput:
    """Writes detections as a COCO result file, which is complete or not there.

    One row per detection: `image_id`, `category_id`, `bbox` (x, y, width, height in original pixels), `score`, and
    beyond COCO `category` and `file_name` (of a video also `frame`). With masks, `segmentation` is the mask in
    compressed RLE, at the size of the original image. Image ids are positions from 0.

    Args:
        path: Where to.
        categories: Class names by label.
        category_ids: Ids by label; the labels themselves, from 0, if left out.
    """

    def __init__(self, path: Path, categories: Sequence[str], category_ids: Sequence[int] | None = None) -> None:
        self.path, self.categories = path, categories
        self.category_ids = list(range(len(categories)) if category_ids is None else category_ids)
        self._stack, self._file, self._separator = ExitStack(), None, b"[\n"

    _file: IO[bytes] | None

    def __enter__(self) -> "CocoResultOutput":
        """Begins the file."""
        self._file = self._stack.enter_context(atomic_file(self.path))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the file, or takes it away after an error."""
        if kind is None and self._file is not None:
            self._file.write(b"[]\n" if self._separator == b"[\n" else b"\n]\n")
        self._stack.__exit__(kind, fault, trace)

    def write(self, frame: Frame, detections: Detections) -> None:
        """Adds the detections of one image."""
        assert self._file is not None
        columns = (detections.boxes.double(), detections.labels, detections.scores)
        masks = [None] * len(detections) if detections.masks is None else detections.masks.to_rle()
        lists = (*(each.tolist() for each in columns), masks)
        for (left, top, right, bottom), label, score, mask in zip(*lists, strict=True):
            row = {
                "image_id": detections.origin.image_id,
                "category_id": self.category_ids[label],
                "bbox": [round(value, 3) for value in (left, top, right - left, bottom - top)],
                **({} if mask is None else {"segmentation": mask}),
                "score": round(score, 6),
                "category": self.categories[label],
                "file_name": frame.name,
            }
            if frame.video is not None:
                row["frame"] = frame.position
            self._file.write(self._separator + json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace"))
            self._separator = b",\n"
