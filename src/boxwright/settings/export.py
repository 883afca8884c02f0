"""What an export is asked for."""

from dataclasses import dataclass
from typing import Literal

from boxwright.errors import ConfigError, unknown_name

Format = Literal["onnx", "openvino", "torch"]
FORMATS: tuple[Format, ...] = ("onnx", "openvino", "torch")
EXPORT_PRECISIONS = ("32", "16")
INPUTS = ("float", "uint8")
CHANNEL_ORDERS = ("rgb", "bgr")
SUPPRESSIONS = ("none", "graph")
LEAST_OPSET = 18
MOST_IMAGES = 2**16
"""Of a batch: the file is tried on as many."""
_OF_SUPPRESSION = ("score_threshold", "iou_threshold", "max_detections")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """What an exported file shall be like; `boxwright.export` describes it.

    Raises:
        ConfigError: A setting is unknown or impossible.
    """

    format: str = "onnx"
    batch: int | str = "dynamic"
    precision: str = "32"
    input: str = "float"
    channels: str = "rgb"
    nms: str = "none"
    one_class_per_box: bool = True
    score_threshold: float | None = None
    iou_threshold: float | None = None
    max_detections: int | None = None
    opset: int = LEAST_OPSET

    def __post_init__(self) -> None:
        """Checks what needs no model."""
        for kind, found, known in (
            ("format", self.format, FORMATS),
            ("precision", self.precision, EXPORT_PRECISIONS),
            ("input", self.input, INPUTS),
            ("order of channels", self.channels, CHANNEL_ORDERS),
            ("kind of nms", self.nms, SUPPRESSIONS),
        ):
            if found not in known:
                raise unknown_name(kind, found, known)
        if self.batch != "dynamic" and not (type(self.batch) is int and 1 <= self.batch <= MOST_IMAGES):
            raise ConfigError(f"batch is {self.batch!r}. Give a number of images, 1 to {MOST_IMAGES:,}, or dynamic.")
        limits = [name for name in _OF_SUPPRESSION if getattr(self, name) is not None]
        if self.nms == "none" and limits:
            raise ConfigError(
                f"{limits[0]}: a file that removes no boxes has no such limit. Give it where the file runs, or write "
                "--nms graph."
            )
        if self.opset < LEAST_OPSET:
            raise ConfigError(f"opset is {self.opset}. The exporter of torch writes {LEAST_OPSET} and later.")
        if self.channels == "bgr" and self.input == "float":
            raise ConfigError(
                "channels: numbers that were normalised outside are RGB, since mean and deviation go by channel. Give "
                "--input uint8, whose bytes are put in order in the graph."
            )
