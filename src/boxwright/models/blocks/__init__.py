"""The pieces that networks are composed of."""

from boxwright.models.blocks.bottleneck import Bottleneck
from boxwright.models.blocks.conv_norm_act import ConvNormAct
from boxwright.models.blocks.cross_stage_partial import CrossStagePartial
from boxwright.models.blocks.dense_cross_stage_partial import DenseCrossStagePartial
from boxwright.models.blocks.spatial_pyramid_pooling import SpatialPyramidPooling

__all__ = ["Bottleneck", "ConvNormAct", "CrossStagePartial", "DenseCrossStagePartial", "SpatialPyramidPooling"]
