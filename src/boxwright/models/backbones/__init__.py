"""From images to features at several strides."""

from boxwright.models.backbones.network_scale import NetworkScale
from boxwright.models.backbones.yolov5 import YOLOV5_SCALES, YOLOv5Backbone, yolov5_scale
from boxwright.models.backbones.yolov8 import YOLOV8_SCALES, YOLOv8Backbone, yolov8_scale

__all__ = [
    "YOLOV5_SCALES",
    "YOLOV8_SCALES",
    "NetworkScale",
    "YOLOv5Backbone",
    "YOLOv8Backbone",
    "yolov5_scale",
    "yolov8_scale",
]
