"""ResNet, with stages that can be frozen and norms that can keep their statistics."""

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models import resnet

from boxwright.errors import ConfigError, unknown_name

RESNETS = {
    "r18": resnet.resnet18,
    "r34": resnet.resnet34,
    "r50": resnet.resnet50,
    "r101": resnet.resnet101,
}
NUM_STAGES = 4


class ResNetBackbone(nn.Module):
    """Turns images into features at strides 8, 16 and 32 (C3 to C5), or also 4 (C2).

    Source: He et al., "Deep Residual Learning for Image Recognition", 2016; layers and initialisation are those of
    torchvision, where the stride of a bottleneck is in its 3×3 convolution.

    Args:
        variant: "r18", "r34", "r50" or "r101".
        frozen_stages: The stem and as many stages keep their weights; 0 freezes nothing, 1 is usual with published
            weights.
        holds_norms: Whether batch norms stay in evaluation mode, so that their statistics never move; their scale and
            shift are trained all the same. Makes sense with published weights only.
        strides: Canvas pixels per cell of the levels, finest first; 4 to 32.

    Raises:
        ConfigError: Unknown variant, or a number of stages that is not 0 to 4.
    """

    def __init__(
        self,
        variant: str,
        *,
        frozen_stages: int = 0,
        holds_norms: bool = False,
        strides: tuple[int, ...] = (8, 16, 32),
    ) -> None:
        super().__init__()
        self.strides = strides
        if variant not in RESNETS:
            raise unknown_name("ResNet", variant, RESNETS)
        if not 0 <= frozen_stages <= NUM_STAGES:
            raise ConfigError(f"frozen_stages must be 0 to {NUM_STAGES}; found {frozen_stages}.")
        whole = RESNETS[variant](weights=None)
        self.name, self.holds_norms = RESNETS[variant].__name__, holds_norms
        self.stem = nn.Sequential(whole.conv1, whole.bn1, whole.relu, whole.maxpool)
        self.stages = nn.ModuleList((whole.layer1, whole.layer2, whole.layer3, whole.layer4))
        width = whole.fc.in_features
        self.channels = tuple(width * stride // 32 for stride in strides)
        if frozen_stages:
            for part in (self.stem, *self.stages[:frozen_stages]):
                part.requires_grad_(False)

    def train(self, mode: bool = True) -> "ResNetBackbone":
        """Switches to training mode, without the norms if they are held."""
        super().train(mode)
        if self.holds_norms:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> tuple[Float[Tensor, "batch _channels _height _width"], ...]:
        """Computes the features, finest first."""
        features: Tensor = self.stem(images)
        levels = []
        for stage in self.stages:
            features = stage(features)
            levels.append(features)
        return tuple(levels[stride.bit_length() - 3] for stride in self.strides)  # the first has stride 4
