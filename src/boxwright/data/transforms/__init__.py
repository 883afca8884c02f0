"""Changes of samples; all randomness comes from the generator that is passed in."""

from boxwright.data.transforms.composition import FILL, compose
from boxwright.data.transforms.copy_paste import CopyPaste
from boxwright.data.transforms.fit_to_canvas import FitToCanvas
from boxwright.data.transforms.flips import HorizontalFlip, VerticalFlip
from boxwright.data.transforms.hsv_jitter import HsvJitter
from boxwright.data.transforms.iou_crop import IoUCrop
from boxwright.data.transforms.mixup import MixUp
from boxwright.data.transforms.mosaic import Mosaic
from boxwright.data.transforms.photometric_distortion import PhotometricDistortion
from boxwright.data.transforms.random_affine import RandomAffine
from boxwright.data.transforms.transform import Transform
from boxwright.data.transforms.window import Window, whole
from boxwright.data.transforms.zoom_out import ZoomOut

__all__ = [
    "FILL",
    "CopyPaste",
    "FitToCanvas",
    "HorizontalFlip",
    "HsvJitter",
    "IoUCrop",
    "MixUp",
    "Mosaic",
    "PhotometricDistortion",
    "RandomAffine",
    "Transform",
    "VerticalFlip",
    "Window",
    "ZoomOut",
    "compose",
    "whole",
]
