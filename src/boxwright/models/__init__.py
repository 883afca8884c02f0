"""Networks; the only folder with parameters."""

from boxwright.models.detector import Detector
from boxwright.models.normalization import IMAGENET, Normalization
from boxwright.models.pretrained import load_imagenet_backbone
from boxwright.models.weights import (
    load_published_yolov5,
    load_published_yolov8,
    load_torchvision_fcos,
    load_torchvision_retinanet,
    load_torchvision_ssd,
    load_weights,
    published_yolov5_anchors,
    rename_published_yolov5,
    rename_published_yolov8,
)

__all__ = [
    "IMAGENET",
    "Detector",
    "Normalization",
    "load_imagenet_backbone",
    "load_published_yolov5",
    "load_published_yolov8",
    "load_torchvision_fcos",
    "load_torchvision_retinanet",
    "load_torchvision_ssd",
    "load_weights",
    "published_yolov5_anchors",
    "rename_published_yolov5",
    "rename_published_yolov8",
]
