"""Where predictions can be: points and anchors for a canvas."""

from boxwright.prior_generators.anchor_grid import AnchorGrid
from boxwright.prior_generators.point_grid import PointGrid

__all__ = ["AnchorGrid", "PointGrid"]
