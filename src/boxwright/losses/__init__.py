"""What an error costs: values per prior or per pair, never reduced."""

from boxwright.losses.against_background import AgainstBackground
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.losses.focal import BlurredCrossEntropy, FocalLoss, QualityFocalLoss
from boxwright.losses.mask import MaskLoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss, smooth_labels

__all__ = [
    "AgainstBackground",
    "BinaryCrossEntropy",
    "BlurredCrossEntropy",
    "DistributionFocalLoss",
    "FocalLoss",
    "MaskLoss",
    "OverlapLoss",
    "QualityFocalLoss",
    "SoftLabelCrossEntropy",
    "SoftLabelLoss",
    "smooth_labels",
]
