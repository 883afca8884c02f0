"""Reductions and selections inside groups of rows, without padding and without loops."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


def top_k_per_group(
    values: Float[Tensor, "rows"], group: Int64[Tensor, "rows"], num_groups: int, k: int
) -> Bool[Tensor, "rows"]:
    """Marks the k largest values of each group; among equal values the earlier row wins.

    Rows that cannot be among them, and groups of at most k rows, are not sorted.

    Args:
        values: Non-negative, in float32 (a wider type is ranked in its own order).
        group: Group of each row, from 0.
        num_groups: One more than the largest possible group.
        k: How many rows a group may keep.
    """
    chosen = _possible(values, group, num_groups, k)
    rivals = chosen.nonzero().squeeze(1)
    group_of_rival = group.take(rivals)
    counts = torch.bincount(group_of_rival, minlength=num_groups)
    crowded = rivals.masked_select((counts > k).take(group_of_rival))
    if len(crowded) == 0:
        return chosen
    group = group.take(crowded)
    order = _order_by_group_then_value(values.take(crowded), group)
    counts = counts.where(counts > k, 0)
    begin = counts.cumsum(0).sub_(counts).take(group.take(order))
    rank = torch.arange(len(order), device=order.device).sub_(begin)
    return chosen.index_copy_(0, crowded.take(order), rank < k)


def _possible(values: Tensor, group: Tensor, num_groups: int, k: int) -> Bool[Tensor, "rows"]:
    """Marks the rows that are not below k others of their group, and a few more.

    The rows of a group are dealt into 4k heaps; the k-th largest of the heaps' maxima is a bound that at least k rows
    reach.
    """
    num_heaps = 4 * k
    if len(values) <= num_groups * num_heaps:
        return torch.ones_like(group, dtype=torch.bool)
    heap = torch.arange(len(values), device=group.device).remainder_(num_heaps).add_(group, alpha=num_heaps)
    tops = max_per_group(values, heap, num_groups * num_heaps).view(num_groups, num_heaps)
    bound = tops.topk(k, dim=1).values[:, -1]
    return values >= bound.take(group)


def _order_by_group_then_value(values: Tensor, group: Tensor) -> Tensor:
    """Sorts rows by group, inside a group by descending value, stably."""
    if values.dtype == torch.float32:  # the bits of non-negative floats are ordered like the floats
        key = (group << 32).sub_(values.view(torch.int32))
        return key.argsort(stable=True)
    order = values.argsort(descending=True, stable=True)
    return order[group[order].argsort(stable=True)]


def max_per_group(
    values: Float[Tensor, "rows"], group: Int64[Tensor, "rows"], num_groups: int
) -> Float[Tensor, "groups"]:
    """Gives the largest value of each group, 0 for a group without rows.

    Args:
        values: Non-negative.
        group: Group of each row, from 0.
        num_groups: How many groups there are.
    """
    return values.new_zeros(num_groups).scatter_reduce_(0, group, values, "amax")


def first_maxima(
    values: Float[Tensor, "rows"], group: Int64[Tensor, "rows"], num_groups: int, least: float
) -> tuple[Int64[Tensor, "found"], Int64[Tensor, "found"]]:
    """Gives the first row of largest value of every group that has one of at least `least`, group by group.

    Args:
        values: Non-negative.
        group: Group of each row, from 0.
        num_groups: How many groups there are.
        least: Above 0.

    Returns:
        The groups, ascending, and their rows.
    """
    is_best = (values == max_per_group(values, group, num_groups).take(group)).logical_and_(values >= least)
    none = len(values)
    rows = torch.arange(none, device=group.device).where(is_best, none)
    first = rows.new_full((num_groups,), none).scatter_reduce_(0, group, rows, "amin")
    found = (first < none).nonzero().squeeze(1)
    return found, first.take(found)


def first_maximum_per_group(
    values: Float[Tensor, "rows"], group: Int64[Tensor, "rows"], tie_breaker: Int64[Tensor, "rows"], num_groups: int
) -> Bool[Tensor, "rows"]:
    """Marks one row per group: the one of largest value; among equal values the lowest tie breaker.

    Args:
        values: Non-negative.
        group: Group of each row, from 0.
        tie_breaker: Different for the rows of one group.
        num_groups: How many groups there are.
    """
    is_best = values == max_per_group(values, group, num_groups).take(group)
    unreachable = torch.iinfo(torch.int64).max
    rivals = tie_breaker.where(is_best, unreachable)
    winner = rivals.new_full((num_groups,), unreachable).scatter_reduce_(0, group, rivals, "amin")
    return is_best.logical_and_(tie_breaker == winner.take(group))
