"""From the features of a backbone to features that know of each other."""

from boxwright.models.necks.path_aggregation import PathAggregation

__all__ = ["PathAggregation"]
