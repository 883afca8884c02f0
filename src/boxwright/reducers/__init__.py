"""How costs become one number."""

from boxwright.reducers.by_quality import ByQuality

__all__ = ["ByQuality"]
