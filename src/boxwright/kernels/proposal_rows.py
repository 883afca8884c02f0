"""Scores and boxes of proposals at a sparse list of pairs, without a copy of all predictions."""

from itertools import accumulate, pairwise

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import even_sigmoid, widen
from boxwright.kernels.layout import layout_of
from boxwright.kernels.level_rows import read_rows, read_sorted
from boxwright.structures.proposals import Proposals

_PRIORS_AT_ONCE = 1 << 14


@torch.no_grad()
def scores_at(
    proposals: Proposals,
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    label: Int64[Tensor, "pairs"],
    per_level: list[int] | None = None,
) -> Float[Tensor, "pairs"]:
    """Gives what `Proposals.scores_of` gives.

    Args:
        proposals: Scores and boxes.
        image: Image of each pair.
        prior: Prior of each pair.
        label: Which score.
        per_level: How many pairs each level has, if they are sorted by level; it spares sorting them.
    """
    if type(proposals) is not Proposals:  # its methods say something else
        return proposals.scores_of(image, prior, label)
    blocks = proposals.predictions.class_logits
    layout, has_background = layout_of(blocks), proposals.predictions.has_background
    value = None if has_background else label
    if per_level is None:
        rows = widen(read_rows(blocks, layout, image, prior, value))
    else:
        rows = widen(read_sorted(blocks, layout, per_level, image, prior, value))
    return rows.softmax(dim=1).gather(1, label.unsqueeze(1) + 1).squeeze(1) if has_background else even_sigmoid(rows)


@torch.no_grad()
def boxes_at(
    proposals: Proposals, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]
) -> Float[Tensor, "pairs 4"]:
    """Gives what `Proposals.boxes_of` gives.

    A prior that occurs in many pairs is decoded once, and some priors at a time, so that memory follows the number of
    different ones.

    Args:
        proposals: Scores and boxes.
        image: Image of each pair.
        prior: Prior of each pair.
    """
    if type(proposals) is not Proposals:
        return proposals.boxes_of(image, prior)
    priors, blocks = proposals.priors, proposals.predictions.box_codes
    num_priors, layout = len(priors), layout_of(blocks)
    point = torch.add(prior, image, alpha=num_priors)
    present = torch.zeros((proposals.predictions.batch_size, num_priors), dtype=torch.bool, device=point.device)
    present.view(-1).index_fill_(0, point, True)
    levels = [present[:, grid.start : grid.stop].nonzero() for grid in priors.grids]
    for level, grid in zip(levels, priors.grids, strict=True):
        level.select(1, 1).add_(grid.start)
    image, prior = torch.cat(levels).unbind(1)
    ends = list(accumulate(len(level) for level in levels))
    table = widen(blocks[0][:0]).new_empty((present.numel(), 4))
    for first in range(0, len(prior), _PRIORS_AT_ONCE):
        some = slice(first, first + _PRIORS_AT_ONCE)
        passed = [min(max(end, first), some.stop) - first for end in ends]
        per_level = [end - start for start, end in pairwise((0, *passed))]
        codes = read_sorted(blocks, layout, per_level, image[some], prior[some])
        boxes = proposals.decode(codes=codes, priors=priors.rows(prior[some]))
        table.index_copy_(0, torch.add(prior[some], image[some], alpha=num_priors), boxes)
    return table.index_select(0, point)
