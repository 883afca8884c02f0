"""Numbers of one process and of all processes of a distributed training."""

import torch
from jaxtyping import Shaped
from torch import Tensor


def are_several() -> bool:
    """Says whether this is one process of a distributed training."""
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def sum_over_processes(numbers: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Gives the sums of numbers over all processes, the numbers themselves where there is only one.

    Args:
        numbers: Of this process; not differentiated, and not changed. Every process must ask.
    """
    if not are_several():
        return numbers
    total = numbers.detach().clone()
    torch.distributed.all_reduce(total)
    return total


def mean_over_processes(numbers: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Gives the means of numbers over all processes, the numbers themselves where there is only one.

    Args:
        numbers: Of this process; not differentiated, and not changed. Every process must ask.
    """
    if not are_several():
        return numbers
    mean: Tensor = sum_over_processes(numbers) / torch.distributed.get_world_size()
    return mean


def shared_divisor(number: Shaped[Tensor, "..."], least: int | float) -> Shaped[Tensor, "..."]:
    """Gives max(number, least), and in several processes a share of the divisor of all.

    So the mean of what the processes have is what one process would have that holds the whole batch.

    Args:
        number: What this process counts. Every process must ask.
        least: Of the divisor of the whole batch; it keeps a batch without positives finite.
    """
    if not are_several():
        return number.clamp(min=least)
    return sum_over_processes(number).clamp(min=least) / torch.distributed.get_world_size()


def images_per_process(number: int, like: Shaped[Tensor, "..."]) -> int | Shaped[Tensor, ""]:
    """Gives the images of a batch, and in several processes the mean of what each has of it, which need not be whole.

    What is a mean over the images of the whole batch is divided by this, and what grows with that batch is multiplied:
    so an image counts alike wherever it is, also where the last batch of an epoch cannot be shared out evenly.

    Args:
        number: Images that this process has; may be none. Every process must ask.
        like: Has the device and the type of the result.
    """
    return mean_over_processes(like.new_full((), number)) if are_several() else number
