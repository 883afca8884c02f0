"""Writing predictions: annotated pictures and videos, and COCO results."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from boxwright.evaluation import draw_detections, write_picture
from boxwright.evaluation.picture_file import LARGEST_SIDE
from boxwright.prediction.film_frame import film_frame
from boxwright.prediction.frames import Frame, Video
from boxwright.prediction.output_names import OutputNames
from boxwright.prediction.video_writer import VideoWriter
from boxwright.structures import Detections
from boxwright.writing.atomic_file import atomic_file, require_folder
from boxwright.writing.numbered import FreeNames

Writing = Callable[[], None]
"""Puts what was made where it belongs; images in their order, one at a time."""
Making = Callable[[], Writing]
"""Draws, encodes, packs: what may be done for several images at once."""


class Output(ABC):
    """Takes predictions one by one, inside a with statement."""

    _names: OutputNames  # of those that write a file per image

    def __enter__(self) -> "Output":
        """Begins."""
        return self

    def __exit__(  # noqa: B027  most files are complete once they are written
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends; what was begun is completed, or after an error taken away."""

    @abstractmethod
    def task(self, frame: Frame, detections: Detections) -> Making:
        """Takes one image with what was found in it, and gives the work: a part that may run in any thread.

        What that gives is to be called in the order of the images.

        Args:
            frame: The image; images come in order.
            detections: In it.
        """

    def write(self, frame: Frame, detections: Detections) -> None:
        """Takes one image with what was found in it, and does the work.

        Args:
            frame: The image.
            detections: In it.
        """
        self.task(frame, detections)()()

    @property
    def renamed(self) -> list[tuple[Path, Path]]:
        """What has a number since a file was there before this run, with the names that it would have had."""
        return self._names.renamed


def nothing() -> None:
    """Is the writing of what is written already."""


class PictureOutput(Output):
    """Writes every image with its detections drawn in, every video as an MP4 file.

    Names follow the source: PNG stays PNG, everything else becomes JPEG, and subfolders are kept. Where a name is
    taken, a number is added: nothing that is there is written over. Frames of a video must come in order, without other
    images between.

    Args:
        folder: Where to; not where the files of the source lie.
        categories: Class names by label.
    """

    def __init__(self, folder: Path, categories: Sequence[str]) -> None:
        self.categories = categories
        self._names = OutputNames(folder)
        self._video: VideoWriter | None = None
        self._named: tuple[Video, Path] | None = None
        self._written: Video | None = None

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the last video, or takes it away after an error."""
        self._close_video(is_whole=kind is None)

    def task(self, frame: Frame, detections: Detections) -> Making:
        """Takes one image, to be written, or added to the video that it belongs to.

        Args:
            frame: The image.
            detections: In it.

        Raises:
            ConfigError: It would lie beside a file of the source.
        """
        if frame.video is None:
            is_png = Path(frame.name).suffix.lower() == ".png" or max(frame.origin.size) > LARGEST_SIDE
            suffix = ".png" if is_png else ".jpg"
            return partial(self._make_picture, frame, detections, self._names.give(frame, suffix))
        if self._named is None or self._named[0] is not frame.video:
            self._named = frame.video, self._names.give(frame, ".mp4")
        return partial(self._make_frame, frame, detections, self._named[1])

    def _make_picture(self, frame: Frame, detections: Detections, path: Path) -> Writing:
        write_picture(path, draw_detections(frame.image, detections, self.categories))
        return partial(self._close_video, is_whole=True)

    def _make_frame(self, frame: Frame, detections: Detections, path: Path) -> Writing:
        return partial(self._add, frame, film_frame(draw_detections(frame.image, detections, self.categories)), path)

    def _add(self, frame: Frame, drawn: Any, path: Path) -> None:
        assert frame.video is not None
        if frame.video is not self._written:
            self._close_video(is_whole=True)
            require_folder(path.parent, "output")
            path.parent.mkdir(parents=True, exist_ok=True)
            self._video = VideoWriter(path, frame.origin.size, frame.video.frames_per_second)
            self._written = frame.video
        assert self._video is not None
        self._video.write(drawn, frame.seconds)

    def _close_video(self, *, is_whole: bool) -> None:
        video, self._video, self._written = self._video, None, None
        if video is not None:
            video.close(is_whole=is_whole)


class CocoResultOutput(Output):
    """Writes detections as a COCO result file, which is complete or not there.

    One row per detection: `image_id`, `category_id`, `bbox` (x, y, width, height in original pixels), `score`, and
    beyond COCO `category` and `file_name` (of a video also `frame`, from 0, and `seconds`; where objects were followed,
    `track_id`, the same in every frame). With masks, `segmentation`
    is the mask in compressed RLE, at the size of the original image. Image ids are positions from 0.

    Args:
        path: Where to; a number is added to the name if a file is there.
        categories: Class names by label.
        category_ids: Ids by label; the labels themselves, from 0, if left out.
    """

    def __init__(self, path: Path, categories: Sequence[str], category_ids: Sequence[int] | None = None) -> None:
        self.path, self.categories = FreeNames().give(path), categories
        self._wanted = path
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

    @property
    def renamed(self) -> list[tuple[Path, Path]]:
        """Where a file was there before this run: its name, and the one with a number that was taken instead."""
        return [] if self.path == self._wanted else [(self._wanted, self.path)]

    def task(self, frame: Frame, detections: Detections) -> Making:
        """Takes the detections of one image.

        Args:
            frame: The image.
            detections: In it.
        """
        return lambda: partial(self._add, self._rows(frame, detections))

    def _rows(self, frame: Frame, detections: Detections) -> list[bytes]:
        columns = (detections.boxes.double(), detections.labels, detections.scores)
        nothing: list[Any] = [None] * len(detections)
        masks = nothing if detections.masks is None else detections.masks.to_rle()
        ids = nothing if detections.ids is None else detections.ids.tolist()
        lists = (*(each.tolist() for each in columns), masks, ids)
        rows = []
        for (left, top, right, bottom), label, score, mask, identity in zip(*lists, strict=True):
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
                row |= {"frame": frame.position, "seconds": round(frame.seconds, 3)}
            if identity is not None:
                row |= {"track_id": identity}
            rows.append(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        return rows

    def _add(self, rows: Sequence[bytes]) -> None:
        assert self._file is not None
        for row in rows:
            self._file.write(self._separator + row)
            self._separator = b",\n"
