"""Orders and least values inside groups of rows."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


def first_minimum_per_group(
    values: Float[Tensor, "rows"], group: Int64[Tensor, "rows"], tie_breaker: Int64[Tensor, "rows"], num_groups: int
) -> Bool[Tensor, "rows"]:
    """Marks one row per group: the one of least value; among equal values the lowest tie breaker.

    Args:
        values: Finite.
        group: Group of each row, from 0.
        tie_breaker: Different for the rows of one group.
        num_groups: How many groups there are.
    """
    least = values.new_full((num_groups,), torch.inf).scatter_reduce_(0, group, values, "amin")
    is_best = values == least.take(group)
    unreachable = torch.iinfo(torch.int64).max
    rivals = tie_breaker.where(is_best, unreachable)
    winner = rivals.new_full((num_groups,), unreachable).scatter_reduce_(0, group, rivals, "amin")
    return is_best.logical_and_(tie_breaker == winner.take(group))


def rank_in_group(
    values: Float[Tensor, "rows"], group: Int64[Tensor, "rows"], tie_breaker: Int64[Tensor, "rows"]
) -> Int64[Tensor, "rows"]:
    """Numbers the rows of each group from 0 by ascending value, among equal values by the tie breaker.

    Args:
        values: To rank by.
        group: Group of each row, from 0.
        tie_breaker: Different for the rows of one group.
    """
    order = tie_breaker.argsort()
    order = order[values[order].argsort(stable=True)]
    order = order[group[order].argsort(stable=True)]
    of_row, place = group[order], torch.arange(len(order), device=group.device)
    is_first = torch.ones_like(of_row, dtype=torch.bool)
    is_first[1:] = of_row[1:] != of_row[:-1]
    begin = place.where(is_first, 0).cummax(0).values if len(place) else place
    return torch.empty_like(order).index_copy_(0, order, place - begin)
