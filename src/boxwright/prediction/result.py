"""What was found in one image, with everything to look at it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import UInt8

from boxwright.bounded_text import listed
from boxwright.data import ReadingLimits, read_image
from boxwright.errors import DataError
from boxwright.evaluation import draw_detections, write_picture
from boxwright.lettering.visible import visible
from boxwright.prediction.crops import crops_of
from boxwright.prediction.elsewhere import Boxes, lacking, refuse
from boxwright.prediction.frames import Frame, Video
from boxwright.prediction.video_reader import VideoReader
from boxwright.settings.reading import MAX_PIXELS
from boxwright.structures import Detections
from boxwright.writing.numbered import FreeNames

_SHOWN = 20
Image = UInt8[np.ndarray, "height width 3"]

ELSEWHERE = {
    "xyxy": "boxes",
    "xywh": "torchvision.ops.box_convert(result.boxes, 'xyxy', 'cxcywh')",
    "conf": "scores",
    "cls": "labels",
    "id": "ids",
    "obb": "boxes: turned boxes are not found",
    "orig_img": "image, which is RGB",
    "orig_shape": "origin.size",
    "verbose": "print(result)",
    "print": "print(result)",
    "render": "plot()",
    "crop": "crops()",
    "summary": "to_supervision(), or zip(result.boxes, result.scores, result.labels)",
    "pandas": "to_supervision(), or predict(save='json')",
    "save_crop": "crops(), or predict(save='crops', output=FOLDER)",
    "save_txt": "predict(save='labels', output=FOLDER)",
    **dict.fromkeys(("to_json", "tojson", "to_df", "to_csv"), "predict(save='json', output=FOLDER)"),
    "save_dir": "the output that was given to predict",
    "cpu": "nothing: results are on the CPU",
    "cuda": 'to("cuda")',
    "numpy": "boxes.numpy(), scores.numpy() and labels.numpy()",
}
"""What hands of another trainer ask for, and what it is called here."""

_OF_PLOT = {
    "show": "Write result.show()",
    "save": "Write result.save()",
    "filename": "Write result.save(path)",
    "line_width": "Lines follow the size of the image",
    "font_size": "Letters follow the size of the image",
    "conf": "Names and scores are written",
    "labels": "Names and scores are written",
}
_OF_SAVE = {"filename": "Write path="}


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Result(Detections):
    """The objects found in one image or frame of a film, with names, and ways to see and to keep them.

    Args:
        names: Class names by label.
        name: What the image is called in the output, with forward slashes.
        video: Where it is a frame of a video, which.
        position: Number of the frame in its video, from 0.
        seconds: When it is shown, from the start of its video.
        pixels: The image, RGB; None where it is read again from its file when it is asked for.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    name: str = ""
    video: Video | None = None
    position: int = 0
    seconds: float = 0.0
    pixels: Image | None = None

    @property
    def path(self) -> str | None:
        """The file; None for an image that never was one."""
        return self.origin.path

    @property
    def image(self) -> Image:
        """The image, RGB, 0 to 255; read again if it is no longer held.

        Raises:
            DataError: Its file has changed or gone.
        """
        if self.pixels is not None:
            return self.pixels
        if self.path is None:
            raise DataError(
                f"{self.name}: this image was not kept. Take `plot` and `image` while it is the present one."
            )
        limits = ReadingLimits(max_pixels=max(MAX_PIXELS, prod(self.origin.size)))  # it was read before
        is_file = self.video is None
        image = read_image(self.path, limits=limits) if is_file else _frame_of(Path(self.path), self.position)
        if image is None or image.shape[:2] != self.origin.size:
            raise DataError(f"{self.path} has changed since objects were found in it. Predict on it again.")
        return image

    def plot(self, **others: Any) -> Image:
        """Draws the objects into the image, and gives it as RGB.

        Args:
            **others: There are none; those of another trainer are answered.

        Raises:
            ConfigError: There is one.
        """
        refuse("plot", others, _OF_PLOT)
        return draw_detections(self.image, self, _in_order(self.names))

    def show(self) -> None:
        """Opens the drawn image in a viewer."""
        from PIL import Image as Pictures

        Pictures.fromarray(self.plot()).show(title=visible(self.name))

    def save(self, path: str | Path | None = None, **others: Any) -> Path:
        """Writes the drawn image as JPEG or PNG; nothing is written over.

        Args:
            path: Where to; into the present folder if left out, named after the image.
            **others: There are none; those of another trainer are answered.

        Returns:
            The file.

        Raises:
            ConfigError: A file is there, the suffix is another one, or there is another parameter.
        """
        refuse("save", others, _OF_SAVE)
        return write_picture(FreeNames().give(self._usual_path()) if path is None else path, self.plot())

    def crops(self) -> list[Image]:
        """Cuts every object out of the image, at its box, rounded outwards to whole pixels."""
        return crops_of(self.image, self.boxes)

    def to_supervision(self, categories: Any = None) -> Any:
        """Converts to `supervision.Detections`, with the class names.

        Args:
            categories: Other class names by label.
        """
        return Detections.to_supervision(self, categories or _in_order(self.names))

    def __repr__(self) -> str:
        """Says what was found, in one line."""
        height, width = self.origin.size
        counts = Counter(self.names.get(label, str(label)) for label in self.labels.tolist())
        said = listed([f"{number} {visible(name)}" for name, number in counts.most_common()]) or "nothing"
        frame = "" if self.video is None else f" frame {self.position} ({self.seconds:.2f} s)"
        return f"{visible(self.name)}{frame}, {width} × {height}: {said}"

    def __str__(self) -> str:
        """Lists the objects, best score first: class, score, box in pixels, and the id if they were followed."""
        lines = [repr(self)]
        ids = [None] * len(self) if self.ids is None else self.ids.tolist()
        columns = zip(self.labels.tolist(), self.scores.tolist(), self.boxes.tolist(), ids, strict=True)
        for label, score, box, identity in list(columns)[:_SHOWN]:
            left, top, right, bottom = (f"{side:.1f}" for side in box)
            named = f"{visible(self.names.get(label, str(label)))}{'' if identity is None else f' #{identity}'}"
            lines.append(f"  {score:.2f}  {named}  {left}, {top} to {right}, {bottom}")
        return "\n".join([*lines, f"  and {len(self) - _SHOWN:,} more"] if len(self) > _SHOWN else lines)

    def __getattr__(self, name: str) -> Any:
        """Answers names of another trainer with those of boxwright."""
        raise lacking("A Result has", name, ELSEWHERE)

    def _usual_path(self) -> Path:
        stem = PurePosixPath(self.name).stem
        return Path(f"{stem}-{self.position:06d}.jpg" if self.video is not None else f"{stem}-found.jpg")


def result_of(frame: Frame, detections: Detections, names: Mapping[int, str]) -> Result:
    """Puts together what was found and where.

    Args:
        frame: The image.
        detections: In it.
        names: Class names by label.
    """
    columns = {name: getattr(detections, name) for name in ("boxes", "scores", "labels", "origin", "masks", "ids")}
    columns["boxes"] = detections.boxes.as_subclass(Boxes)
    where = {name: getattr(frame, name) for name in ("name", "video", "position", "seconds")}
    return Result(**columns, **where, names=names, pixels=frame.pixels)


def _frame_of(path: Path, position: int) -> Image | None:
    """Reads a video up to one frame."""
    reader = VideoReader(path)
    try:
        return next((picture.image for picture in reader if picture.position == position), None)
    finally:
        reader.close()


def _in_order(names: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(names[label] for label in sorted(names))
