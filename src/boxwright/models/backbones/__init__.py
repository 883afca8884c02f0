"""From images to features at several strides."""

from boxwright.models.backbones.network_scale import NetworkScale
from boxwright.models.backbones.pooled_timm import PooledTimmBackbone
from boxwright.models.backbones.resnet import RESNETS, ResNetBackbone
from boxwright.models.backbones.timm_features import TimmBackbone
from boxwright.models.backbones.vgg import VGGBackbone
from boxwright.models.backbones.yolov5 import YOLOV5_SCALES, YOLOv5Backbone, yolov5_scale
from boxwright.models.backbones.yolov8 import YOLOV8_SCALES, YOLOv8Backbone, yolov8_scale

__all__ = [
    "RESNETS",
    "YOLOV5_SCALES",
    "YOLOV8_SCALES",
    "NetworkScale",
    "PooledTimmBackbone",
    "ResNetBackbone",
    "TimmBackbone",
    "VGGBackbone",
    "YOLOv5Backbone",
    "YOLOv8Backbone",
    "yolov5_scale",
    "yolov8_scale",
]
