"""VGG-16, as far as SSD uses it."""

from typing import cast

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models import vgg


class VGGBackbone(nn.Module):
    """Turns images into features of VGG-16: after the fifth pooling, or after conv4_3 and conv5_3.

    The layers have torchvision's order and numbers, so that its published weights fit.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015, table 1,
    column D; Liu et al., "SSD", 2016, section 3 (third pooling rounds up).

    Args:
        is_pooled: True gives one level after the fifth pooling (stride 32), with every pooling rounding down; False
            gives conv4_3 (stride 8) and conv5_3 (stride 16), with the third pooling rounding up.
        has_norms: Whether each convolution is followed by a batch norm, which training from nothing needs.
    """

    def __init__(self, *, is_pooled: bool, has_norms: bool = False) -> None:
        super().__init__()
        self.name = "vgg16_bn" if has_norms else "vgg16"
        self.strides: tuple[int, ...]
        self.channels: tuple[int, ...]
        self.ends: tuple[int, ...]
        layers = _features(has_norms)
        pools = [index for index, layer in enumerate(layers) if isinstance(layer, nn.MaxPool2d)]
        if is_pooled:
            self.strides, self.channels, self.ends = (32,), (512,), (pools[4] + 1,)
        else:
            cast(nn.MaxPool2d, layers[pools[2]]).ceil_mode = True
            self.strides, self.channels, self.ends = (8, 16), (512, 512), (pools[3], pools[4])
        self.layers = nn.Sequential(*layers[: self.ends[-1]])

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> tuple[Float[Tensor, "batch _channels _height _width"], ...]:
        """Computes the features, finest first."""
        features, levels = images, []
        for number, layer in enumerate(self.layers, start=1):
            features = layer(features)
            if number in self.ends:
                levels.append(features)
        return tuple(levels)


def _features(has_norms: bool) -> list[nn.Module]:
    """Gives the layers before the classifier, which has nine of ten weights, with the first weights of torchvision."""
    layers = list(vgg.make_layers(vgg.cfgs["D"], batch_norm=has_norms))
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(cast(nn.Parameter, layer.bias))
    return layers
