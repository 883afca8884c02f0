"""Writing predictions: annotated pictures and videos, and COCO results."""

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, runtime_checkable

from boxwright.evaluation import draw_detections, write_picture
from boxwright.prediction.frames import Frame, Video
from boxwright.prediction.source_folders import SourceFolders
from boxwright.prediction.video_writer import VideoWriter
from boxwright.structures import Detections
from boxwright.writing.atomic_file import atomic_file, require_folder
from boxwright.writing.numbered import FreeNames


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
    taken, a number is added: nothing that is there is written over. Frames of a video must come in order, without other
    images between.

    Args:
        folder: Where to; not where the files of the source lie.
        categories: Class names by label.

    Attributes:
        renamed: The files that have a number since another file was there before this run, with the names that they
            would have had.
    """

    def __init__(self, folder: Path, categories: Sequence[str]) -> None:
        self.folder, self.categories = folder, categories
        self.renamed: list[tuple[Path, Path]] = []
        self._names, self._sources = FreeNames(), SourceFolders()
        self._own: set[Path] = set()
        self._video: VideoWriter | None = None
        self._written: Video | None = None

    def __enter__(self) -> "PictureOutput":
        """Begins."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the last video, or takes it away after an error."""
        self._close_video(is_whole=kind is None)

    def write(self, frame: Frame, detections: Detections) -> None:
        """Draws and writes one image, or adds it to the video that it belongs to.

        Raises:
            ConfigError: It would lie beside a file of the source.
        """
        picture = draw_detections(frame.image, detections, self.categories)
        if frame.video is None:
            self._close_video(is_whole=True)
            suffix = ".png" if Path(frame.name).suffix.lower() == ".png" else ".jpg"
            write_picture(self._free(frame, suffix), picture)
            return
        if frame.video is not self._written:
            self._close_video(is_whole=True)
            target = self._free(frame, ".mp4")
            require_folder(target.parent, "output")
            target.parent.mkdir(parents=True, exist_ok=True)
            self._video = VideoWriter(target, frame.origin.size, frame.video.frames_per_second)
            self._written = frame.video
        assert self._video is not None
        self._video.write(picture, frame.seconds)

    def _free(self, frame: Frame, suffix: str) -> Path:
        """Finds the first name that neither this run nor anybody else has used."""
        wanted = self.folder / Path(frame.name).with_suffix(suffix)
        if frame.origin.path is not None:
            self._sources.include(Path(frame.origin.path))
        self._sources.require_apart(wanted.parent)
        given = self._names.give(wanted)
        if given != wanted and os.path.lexists(wanted) and wanted not in self._own:
            self.renamed.append((wanted, given))
        self._own.add(given)
        return given

    def _close_video(self, *, is_whole: bool) -> None:
        video, self._video, self._written = self._video, None, None
        if video is not None:
            video.close(is_whole=is_whole)


class CocoResultOutput:
    """Writes detections as a COCO result file, which is complete or not there.

    One row per detection: `image_id`, `category_id`, `bbox` (x, y, width, height in original pixels), `score`, and
    beyond COCO `category` and `file_name` (of a video also `frame`, from 0, and `seconds`). With masks, `segmentation`
    is the mask in compressed RLE, at the size of the original image. Image ids are positions from 0.

    Args:
        path: Where to; a number is added to the name if a file is there.
        categories: Class names by label.
        category_ids: Ids by label; the labels themselves, from 0, if left out.

    Attributes:
        renamed: Where a file was there before this run: its name, and the one with a number that was taken instead.
    """

    def __init__(self, path: Path, categories: Sequence[str], category_ids: Sequence[int] | None = None) -> None:
        self.path, self.categories = FreeNames().give(path), categories
        self.renamed = [] if self.path == path else [(path, self.path)]
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
                row |= {"frame": frame.position, "seconds": round(frame.seconds, 3)}
            self._file.write(self._separator + json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace"))
            self._separator = b",\n"
