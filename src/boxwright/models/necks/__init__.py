"""From the features of a backbone to features that know of each other."""

from boxwright.models.necks.path_aggregation import PathAggregation
from boxwright.models.necks.reducing_path_aggregation import ReducingPathAggregation

__all__ = ["PathAggregation", "ReducingPathAggregation"]
