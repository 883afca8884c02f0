"""How a box is written as numbers.

A coder has `encode(*, boxes, priors)` and `decode(*, codes, priors)`, where a prior is a row of `Priors.rows`: centre
x, centre y, width, height and stride. One that cannot express every box also has `reaches(*, boxes, priors)`.
"""

from boxwright.coders.coder import Coder, Encoder
from boxwright.coders.delta import DeltaCoder
from boxwright.coders.distribution import DistributionCoder
from boxwright.coders.ltrb import LtrbCoder
from boxwright.coders.prototype_mask import decode_masks
from boxwright.coders.sigmoid_offset import SigmoidOffsetCoder

__all__ = ["Coder", "DeltaCoder", "DistributionCoder", "Encoder", "LtrbCoder", "SigmoidOffsetCoder", "decode_masks"]
