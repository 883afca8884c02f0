"""What an error costs: values per prior or per pair, never reduced."""

from boxwright.losses.against_background import AgainstBackground
from boxwright.losses.alpha_iou import AlphaIoULoss
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.corner_distance import CornerDistanceLoss
from boxwright.losses.cross_entropy import CrossEntropy
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.losses.eiou import EIoULoss
from boxwright.losses.focal import BlurredCrossEntropy, FocalLoss, QualityFocalLoss
from boxwright.losses.inner_iou import InnerIoULoss
from boxwright.losses.kinds import BoxLoss, DistanceLoss, InstanceLoss, PixelBoxLoss, PriorLoss
from boxwright.losses.mask import MaskLoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.losses.prior_focal import PriorFocalLoss
from boxwright.losses.siou import SIoULoss
from boxwright.losses.smooth_l1 import L1, CodeLoss, SmoothL1
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss, smooth_labels
from boxwright.losses.varifocal import VarifocalLoss
from boxwright.losses.wasserstein import WassersteinLoss
from boxwright.losses.wise_iou import WiseIoULoss

__all__ = [
    "L1",
    "AgainstBackground",
    "AlphaIoULoss",
    "BinaryCrossEntropy",
    "BlurredCrossEntropy",
    "BoxLoss",
    "CodeLoss",
    "CornerDistanceLoss",
    "CrossEntropy",
    "DistanceLoss",
    "DistributionFocalLoss",
    "EIoULoss",
    "FocalLoss",
    "InnerIoULoss",
    "InstanceLoss",
    "MaskLoss",
    "OverlapLoss",
    "PixelBoxLoss",
    "PriorFocalLoss",
    "PriorLoss",
    "QualityFocalLoss",
    "SIoULoss",
    "SmoothL1",
    "SoftLabelCrossEntropy",
    "SoftLabelLoss",
    "VarifocalLoss",
    "WassersteinLoss",
    "WiseIoULoss",
    "smooth_labels",
]
