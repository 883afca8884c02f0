"""How costs become one number."""

from boxwright.reducers.by_quality import ByQuality
from boxwright.reducers.per_level import PerLevelMean, level_means

__all__ = ["ByQuality", "PerLevelMean", "level_means"]
