"""Batch norms where a batch gives them one value per channel."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from boxwright.models.synchronized_norm import SYNCHRONIZED


@contextmanager
def lone_values_allowed(detector: nn.Module, batch_size: int, of_all: int = 2) -> Iterator[None]:
    """Lets a batch of one image through a level of one cell in training mode, and one of no image.

    A batch norm then has one value per channel or none, of which there is no variance. It takes its running mean and
    variance there, as in evaluation, and leaves them as they are; everything else is trained as usual. Such batches are
    the last of an epoch, or all with a batch size of 1, on a canvas as small as the largest stride. Norms that count
    over the processes of a distributed training have more than one value, unless all of them together have one image.

    Args:
        detector: In training mode or not.
        batch_size: Images in the batch; with more than one there is nothing to do.
        of_all: Images in the batches of all processes together, if there are several.
    """
    with ExitStack() as hooks:
        if batch_size <= 1:
            for norm in detector.modules():
                if not isinstance(norm, _BatchNorm) or not norm.training:
                    continue
                if of_all == 1 or not isinstance(norm, SYNCHRONIZED):
                    hooks.callback(norm.register_forward_pre_hook(_hold_if_lone).remove)
                    hooks.callback(norm.register_forward_hook(_release, always_call=True).remove)
        yield


def _hold_if_lone(norm: nn.Module, given: tuple[Any, ...]) -> None:
    features = given[0]
    assert isinstance(features, Tensor)
    # where all processes together have one image, each judges by the cells alone: it has that image, or none
    images = 1 if isinstance(norm, SYNCHRONIZED) else len(features)
    if images * features.shape[2:].numel() <= 1 and norm.running_mean is not None:
        norm.training = False


def _release(norm: nn.Module, _given: tuple[Any, ...], _made: Any) -> None:
    norm.training = True
