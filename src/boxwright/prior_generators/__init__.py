"""Where predictions can be: points and anchors for a canvas."""

from boxwright.prior_generators.anchor_grid import AnchorGrid
from boxwright.prior_generators.default_boxes import DEFAULT_BOXES, DefaultBoxes, crossed_sizes, paired_sizes
from boxwright.prior_generators.octave_anchors import RETINANET_ANCHOR_DIALECTS, retinanet_anchors
from boxwright.prior_generators.point_grid import PointGrid

__all__ = [
    "DEFAULT_BOXES",
    "RETINANET_ANCHOR_DIALECTS",
    "AnchorGrid",
    "DefaultBoxes",
    "PointGrid",
    "crossed_sizes",
    "paired_sizes",
    "retinanet_anchors",
]
