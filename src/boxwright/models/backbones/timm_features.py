"""Any network of timm as a backbone, by name."""

from difflib import get_close_matches
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from boxwright.errors import ConfigError
from boxwright.models.normalization import IMAGENET, Normalization


class TimmBackbone(nn.Module):
    """Turns images into features of the strides asked for, with a network of timm.

    Source: Wightman, "PyTorch Image Models" (software, 2019), its feature interface.

    Args:
        name: As timm calls it, for instance "mobilenetv3_large_100".
        strides: Canvas pixels per cell of the levels, finest first.
        holds_norms: Whether batch norms stay in evaluation mode, see `ResNetBackbone`.

    Raises:
        ConfigError: timm does not know the name, or the network has no features of these strides.
    """

    def __init__(self, name: str, strides: tuple[int, ...] = (8, 16, 32), *, holds_norms: bool = False) -> None:
        super().__init__()
        import timm  # takes a second, and most systems do without

        if not timm.is_model(name):
            near = get_close_matches(name, timm.list_models(), n=3)
            hint = f"Did you mean {' or '.join(near)}? " if near else ""
            raise ConfigError(f"timm has no backbone {name!r}. {hint}`timm.list_models()` lists them.")
        self.name, self.strides, self.holds_norms = name, strides, holds_norms
        try:
            body: Any = timm.create_model(name, pretrained=False, features_only=True)
            every = body.feature_info.reduction()
        except (RuntimeError, NotImplementedError, AttributeError, AssertionError) as error:
            raise ConfigError(f"timm's {name} gives no feature maps ({error}). Choose a convolutional one.") from error
        if not set(strides) <= set(every):
            raise ConfigError(
                f"timm's {name} has features of the strides {list(every)}, the system needs {list(strides)}. Choose a "
                "network that has these, for instance mobilenetv3_large_100."
            )
        self.places = tuple(len(every) - 1 - every[::-1].index(stride) for stride in strides)
        body = timm.create_model(name, pretrained=False, features_only=True, out_indices=self.places)
        self.channels: tuple[int, ...] = tuple(body.feature_info.channels())
        self.body = body

    @property
    def normalization(self) -> Normalization:
        """What its published weights want bytes to become."""
        import timm

        published = timm.get_pretrained_cfg(self.name)
        if published is None:
            return IMAGENET
        mean, std = ([float(round(255.0 * value, 6)) for value in values] for values in (published.mean, published.std))
        return Normalization((mean[0], mean[1], mean[2]), (std[0], std[1], std[2]))

    def train(self, mode: bool = True) -> "TimmBackbone":
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
        return tuple(self.body(images))
