"""A batch norm over all processes, on every device."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class SynchronizedNorm(_BatchNorm):
    """A batch norm that counts over all processes of a training, in plain steps; torch has one for GPUs only."""

    def _check_input_dim(self, features: Tensor) -> None:
        """Takes any."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalises by mean and variance over all processes while training.

        Args:
            features: With channels as second axis.
        """
        if not self.training or not torch.distributed.is_initialized():
            return super().forward(features)
        axes = [axis for axis in range(features.dim()) if axis != 1]
        shape = [-1 if axis == 1 else 1 for axis in range(features.dim())]
        number = features.new_full((1,), features.numel() // features.shape[1])
        sums = _summed(torch.cat((features.sum(axes), number)))
        number, mean = sums[-1].detach(), sums[:-1] / sums[-1].detach()
        offset = features - mean.view(shape)
        variance = _summed(offset.square().sum(axes)) / number
        if self.running_mean is not None and self.running_var is not None:
            momentum = 0.1 if self.momentum is None else self.momentum
            with torch.no_grad():
                self.running_mean.lerp_(mean.to(self.running_mean), momentum)
                unbiased = variance * number / (number - 1).clamp(min=1)
                self.running_var.lerp_(unbiased.to(self.running_var), momentum)
                if self.num_batches_tracked is not None:
                    self.num_batches_tracked.add_(1)
        normal = offset * (variance + self.eps).rsqrt().view(shape)
        return normal * self.weight.view(shape) + self.bias.view(shape) if self.affine else normal


SYNCHRONIZED = (SynchronizedNorm, nn.SyncBatchNorm)
"""Norms that count over all processes."""


def _summed(values: Tensor) -> Tensor:
    summed: Tensor = _SumOverProcesses.apply(values)
    return summed


class _SumOverProcesses(torch.autograd.Function):
    """Adds up over all processes; every process's loss depends on every process's values."""

    @staticmethod
    def forward(_context: Any, values: Tensor) -> Tensor:
        total = values.clone()
        torch.distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_context: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        torch.distributed.all_reduce(total)
        return total
