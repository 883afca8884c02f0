"""What an error costs: values per prior or per pair, never reduced."""

from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.losses.overlap import OverlapLoss

__all__ = ["BinaryCrossEntropy", "DistributionFocalLoss", "OverlapLoss"]
