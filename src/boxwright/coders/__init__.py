"""How a box is written as numbers."""

from boxwright.coders.distribution import DistributionCoder
from boxwright.coders.ltrb import LtrbCoder

__all__ = ["DistributionCoder", "LtrbCoder"]
