"""One thing that a model did wrong."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["miss", "false alarm", "wrong class", "poor box", "double"]
KINDS: tuple[Kind, ...] = ("miss", "false alarm", "wrong class", "poor box", "double")
SIZES = {"small": 32.0**2, "medium": 96.0**2, "large": float("inf")}
"""The largest area of each, in pixels, as in COCO."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DetectionError:
    """A target that was not found well, or a detection that found no target.

    Args:
        kind: "miss" of a target; a detection that is a "false alarm"; that has the "wrong class" for the target it
            lies on; whose box is a "poor box" of a target; or that is a "double" of a target that is found already.
        image_id: Of the image.
        file: Its name.
        area: Of the target if there is one, else of the detection, in pixels.
        true_box: Of the target, xyxy in original pixels; None for a false alarm.
        true_label: Of the target.
        found_box: Of the detection, xyxy in original pixels; None for a miss.
        found_label: Of the detection.
        score: Of the detection.
        overlap: IoU of both.
    """

    kind: Kind
    image_id: int
    file: str
    area: float
    true_box: Box | None = None
    true_label: int | None = None
    found_box: Box | None = None
    found_label: int | None = None
    score: float | None = None
    overlap: float | None = None

    @property
    def size(self) -> str:
        """Whether the object is small, medium or large."""
        return next(name for name, most in SIZES.items() if self.area <= most)
