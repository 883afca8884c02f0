"""Batch norms that are part of the convolution before them."""

from collections.abc import Iterator
from itertools import pairwise

from torch import nn
from torch.nn.utils import fuse_conv_bn_eval
from torchvision.models.resnet import BasicBlock, Bottleneck

from boxwright.models.blocks import ConvNormAct

FOLLOWED: dict[type[nn.Module], tuple[tuple[str, str], ...]] = {
    ConvNormAct: (("conv", "norm"),),
    BasicBlock: (("conv1", "bn1"), ("conv2", "bn2")),
    Bottleneck: (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")),
}
"""In which modules which convolution is directly followed by which norm; in an `nn.Sequential` the order says it."""


def folded(network: nn.Module) -> nn.Module:
    """Folds every batch norm that follows a convolution into its weights; the network is changed, and given back.

    In evaluation mode a batch norm multiplies and adds constants, γ·(x − μ)/√(σ² + ε) + β, and so does the convolution
    before it: one of the two can do both, which saves time and memory, and changes results by rounding only. A norm in
    training mode, a kind of module that is not known, and one that somebody looks into (hooks) are left alone.

    Args:
        network: In evaluation mode.
    """
    for module in list(network.modules()):
        for first, second in _followed(module):
            convolution, norm = getattr(module, first), getattr(module, second)
            if _can_fold(convolution, norm):
                setattr(module, first, fuse_conv_bn_eval(convolution, norm))
                setattr(module, second, nn.Identity())
    return network


def _followed(module: nn.Module) -> Iterator[tuple[str, str]]:
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        yield from pairwise(module._modules)
    yield from FOLLOWED.get(type(module), ())


def _can_fold(convolution: nn.Module, norm: nn.Module) -> bool:
    is_plain = type(convolution) is nn.Conv2d and type(norm) is nn.BatchNorm2d
    if not is_plain or norm.training or norm.running_mean is None:
        return False
    return not any(each._forward_hooks or each._forward_pre_hooks for each in (convolution, norm))
