"""What an error costs: values per prior or per pair, never reduced."""

from boxwright.losses.against_background import AgainstBackground
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.cross_entropy import CrossEntropy
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.losses.focal import BlurredCrossEntropy, FocalLoss, QualityFocalLoss
from boxwright.losses.kinds import BoxLoss, DistanceLoss, InstanceLoss, PriorLoss
from boxwright.losses.mask import MaskLoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.losses.prior_focal import PriorFocalLoss
from boxwright.losses.smooth_l1 import L1, CodeLoss, SmoothL1
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss, smooth_labels

__all__ = [
    "L1",
    "AgainstBackground",
    "BinaryCrossEntropy",
    "BlurredCrossEntropy",
    "BoxLoss",
    "CodeLoss",
    "CrossEntropy",
    "DistanceLoss",
    "DistributionFocalLoss",
    "FocalLoss",
    "InstanceLoss",
    "MaskLoss",
    "OverlapLoss",
    "PriorFocalLoss",
    "PriorLoss",
    "QualityFocalLoss",
    "SmoothL1",
    "SoftLabelCrossEntropy",
    "SoftLabelLoss",
    "smooth_labels",
]
