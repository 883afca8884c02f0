"""From images to features at several strides."""

from boxwright.models.backbones.yolov8 import YOLOV8_SCALES, YOLOv8Backbone, YOLOv8Scale, yolov8_scale

__all__ = ["YOLOV8_SCALES", "YOLOv8Backbone", "YOLOv8Scale", "yolov8_scale"]
