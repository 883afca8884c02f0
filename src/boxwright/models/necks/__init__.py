"""From the features of a backbone to features that know of each other."""

from boxwright.models.necks.dilated_extra_levels import DilatedExtraLevels
from boxwright.models.necks.feature_pyramid import FeaturePyramid
from boxwright.models.necks.light_extra_levels import LightExtraLevels
from boxwright.models.necks.path_aggregation import PathAggregation
from boxwright.models.necks.reducing_path_aggregation import ReducingPathAggregation

__all__ = [
    "DilatedExtraLevels",
    "FeaturePyramid",
    "LightExtraLevels",
    "PathAggregation",
    "ReducingPathAggregation",
]
