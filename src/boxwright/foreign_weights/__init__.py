"""Weights that others trained: read without running their programs."""

from boxwright.foreign_weights.contents import ForeignWeights, weights_in
from boxwright.foreign_weights.foreign_file import read_foreign
from boxwright.foreign_weights.shells import Shell

__all__ = ["ForeignWeights", "Shell", "read_foreign", "weights_in"]
