"""Writing data sets in other formats."""

from boxwright.data.conversion.convert import Conversion, convert

__all__ = ["Conversion", "convert"]
