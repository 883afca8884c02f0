"""Numbers of one process and of all processes of a distributed training."""

import torch
from jaxtyping import Float
from torch import Tensor


def mean_over_ranks(number: Float[Tensor, ""]) -> Float[Tensor, ""]:
    """Gives the mean of a number over all processes, the number itself where there is only one.

    Args:
        number: Of this process; not differentiated.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return number
    total = number.detach().clone()
    torch.distributed.all_reduce(total)
    mean: Tensor = total / torch.distributed.get_world_size()
    return mean
