"""Networks whose norms were put into the convolutions before them, for speed."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def with_norms(detector: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gives the norms back that a file has put into the convolutions, so that they change nothing.

    Law: the outputs are those of the fused network. The norm adds the bias of the convolution; its factor takes its own
    division back.

    Args:
        detector: Says which norms there are.
        tensors: By its names.
    """
    mended = dict(tensors)
    for name, module in detector.named_modules():
        if not isinstance(module, nn.BatchNorm2d) or f"{name}.weight" in mended or not name.endswith("norm"):
            continue
        bias = mended.pop(f"{name.removesuffix('norm')}conv.bias", None)
        if bias is None:
            continue
        one = torch.ones_like(bias)
        mended |= {
            f"{name}.weight": one * (1.0 + module.eps) ** 0.5,
            f"{name}.bias": bias,
            f"{name}.running_mean": torch.zeros_like(bias),
            f"{name}.running_var": one,
            f"{name}.num_batches_tracked": torch.tensor(0),
        }
    return mended
