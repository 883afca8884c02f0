"""Batch norms where a batch gives them one value per channel."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from boxwright.models.synchronized_norm import SYNCHRONIZED


@contextmanager
def lone_values_allowed(detector: nn.Module, batch_size: int) -> Iterator[None]:
    """Lets a batch of one image through a level of one cell in training mode.

    A batch norm then has one value per channel, of which there is no variance. It takes its running mean and variance
    there, as in evaluation, and leaves them as they are; everything else is trained as usual. Such batches are the
    last of an epoch, or all with a batch size of 1, on a canvas as small as the largest stride. Norms that count over
    the processes of a distributed training have more than one value and are left alone.

    Args:
        detector: In training mode or not.
        batch_size: Images in the batch; with more than one there is nothing to do.
    """
    with ExitStack() as hooks:
        if batch_size == 1:
            for norm in detector.modules():
                if isinstance(norm, _BatchNorm) and norm.training and not isinstance(norm, SYNCHRONIZED):
                    hooks.callback(norm.register_forward_pre_hook(_hold_if_lone).remove)
                    hooks.callback(norm.register_forward_hook(_release, always_call=True).remove)
        yield


def _hold_if_lone(norm: nn.Module, given: tuple[Any, ...]) -> None:
    features = given[0]
    assert isinstance(features, Tensor)
    if features.numel() == features.shape[1] and norm.running_mean is not None:
        norm.training = False


def _release(norm: nn.Module, _given: tuple[Any, ...], _made: Any) -> None:
    norm.training = True
