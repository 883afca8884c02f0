"""Running statistics of batch norms that the processes of a training share."""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from boxwright.models.synchronized_norm import SYNCHRONIZED
from boxwright.over_processes import images_per_process, mean_over_processes


@torch.no_grad()
def share_statistics(model: nn.Module, images: int) -> None:
    """Gives all processes the mean of the running statistics of each; every process must ask after every batch.

    These follow the batches on a line, so their mean is what following all images of the global batch gives; a process
    counts by its images. What is measured and saved is then the same network in every process. Norms that do not move
    are left alone.

    Args:
        model: In training mode.
        images: Of the batch of this process; may be none.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return
    own: list[Tensor] = []
    for norm in model.modules():
        if isinstance(norm, _BatchNorm) and norm.training and not isinstance(norm, SYNCHRONIZED):
            own += [value for value in (norm.running_mean, norm.running_var) if value is not None]
    if own:
        values = torch.cat([value.flatten() for value in own])
        shared = mean_over_processes(values * (images / images_per_process(images, values)))
        parts = shared.split([value.numel() for value in own])
        torch._foreach_copy_(own, [part.view_as(value) for part, value in zip(parts, own, strict=True)])


def take_buffers_of_first(model: nn.Module) -> None:
    """Gives all processes the buffers of the first; every process must ask.

    Args:
        model: To measure or to save.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        for buffer in model.buffers():
            torch.distributed.broadcast(buffer, 0)
