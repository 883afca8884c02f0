"""How costs become one number."""

from boxwright.reducers.by_positives import ByPositives, BySamples
from boxwright.reducers.by_quality import ByQuality
from boxwright.reducers.pair_mean import PairMean
from boxwright.reducers.per_image import PerImageMean
from boxwright.reducers.per_level import PerLevelMean, level_means

__all__ = [
    "ByPositives",
    "ByQuality",
    "BySamples",
    "PairMean",
    "PerImageMean",
    "PerLevelMean",
    "level_means",
]
