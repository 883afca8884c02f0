"""A head for masks: prototypes of the whole image, and coefficients at every cell."""

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.models.blocks import ConvNormAct
from boxwright.models.heads.decoupled import branch, leading_channels, usual_finest
from boxwright.structures import MaskPredictions


class PrototypeMaskHead(nn.Module):
    """Predicts prototype masks from the finest usual level, and at every cell of every level how to mix them.

    The prototype branch is a 3×3 convolution, a transposed convolution that doubles the resolution, another 3×3
    convolution and a 1×1 convolution; every convolution but the transposed one has a norm and SiLU, also the last, so
    prototypes are above -0.28. The coefficient branch of a level is two 3×3 convolutions, max(c / 4, prototypes) wide
    with c the channels of that level, and a 1×1 predictor without an activation. A still finer level has coefficients
    only, so that the prototypes keep their resolution.

    Source: YOLACT, Bolya et al. 2019, section 3.1; layers and widths as in YOLOv8.

    Args:
        channels: Of the levels, finest first.
        width: Channels inside the prototype branch.
        num_prototypes: Prototypes, and coefficients per cell.
        strides: Canvas pixels per cell of the levels.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        width: int,
        *,
        num_prototypes: int = 32,
        strides: tuple[int, ...] = (8, 16, 32),
    ) -> None:
        super().__init__()
        self.usual = usual_finest(strides)
        self.prototypes = nn.Sequential(
            ConvNormAct(channels[self.usual], width, 3),
            nn.ConvTranspose2d(width, width, 2, stride=2),
            ConvNormAct(width, width, 3),
            ConvNormAct(width, num_prototypes, 1),
        )
        self.coefficient_branches = nn.ModuleList(
            branch(each, max(leading // 4, num_prototypes), num_prototypes)
            for each, leading in zip(channels, leading_channels(channels, strides), strict=True)
        )

    def forward(self, features: tuple[Float[Tensor, "batch _channels _height _width"], ...]) -> MaskPredictions:
        """Computes prototypes, at twice the resolution of the finest usual level, and coefficients of every level."""
        return MaskPredictions(
            coefficients=tuple(
                predict(level).unsqueeze(1) for predict, level in zip(self.coefficient_branches, features, strict=True)
            ),
            prototypes=self.prototypes(features[self.usual]),
        )
