"""Networks; the only folder with parameters."""

from boxwright.models.detector import Detector
from boxwright.models.download import download
from boxwright.models.normalization import Normalization
from boxwright.models.weights import (
    load_published_yolov5,
    load_published_yolov8,
    load_weights,
    published_yolov5_anchors,
    rename_published_yolov5,
    rename_published_yolov8,
)

__all__ = [
    "Detector",
    "Normalization",
    "download",
    "load_published_yolov5",
    "load_published_yolov8",
    "load_weights",
    "published_yolov5_anchors",
    "rename_published_yolov5",
    "rename_published_yolov8",
]
