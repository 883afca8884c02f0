"""The scores of a batch that are worth a look, best first, and the tables that hold some of them of every image."""

from itertools import accumulate
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.suppression import rank_in_group
from boxwright.kernels.choice import takes_reference
from boxwright.structures.level_blocks import join_levels


class Candidates(NamedTuple):
    """One row per (image, prior, label) above the threshold; images ascending, inside an image best first."""

    image: Tensor
    prior: Tensor
    label: Tensor
    score: Tensor

    def rows(self, index: Tensor) -> "Candidates":
        """Takes some rows of every column."""
        return Candidates(*(column[index] for column in self))


def candidates_above(
    scores: list[Float[Tensor, "batch _priors_per_cell classes _height _width"]],
    threshold: float,
    *,
    multi_label: bool,
    most: int | None = None,
) -> Candidates:
    """Lists all scores above a threshold, in order; the host waits once, for their number.

    Equal scores go to the lower prior index, then to the lower label. A score that is NaN is none. On a CPU, where
    nothing waits, each level is looked at where it lies.

    Args:
        scores: Of all levels.
        threshold: Only scores strictly above it count.
        multi_label: Whether one prior may give several classes; else it gives its best one.
        most: Scores below this many of their image need not be listed; the host waits more often then.
    """
    num_classes = scores[0].shape[2]
    num_priors = sum([_priors_of(block) for block in scores])
    if takes_reference(scores[0].device, sum([block.numel() for block in scores])):
        found = _listed(join_levels(scores).unsqueeze(1).unsqueeze(3), threshold, 0, multi_label=multi_label)
    else:
        found = _listed_by_level(scores, threshold, multi_label=multi_label)
    if most is not None:
        found = _strongest(found, len(scores[0]), most)
    place = (found.image * num_priors + found.prior) * num_classes + found.label
    found = found.rows(place.argsort())
    found = found.rows(found.score.argsort(descending=True, stable=True))
    return found.rows(found.image.argsort(stable=True)) if len(scores[0]) > 1 else found


def _priors_of(block: Tensor) -> int:
    return block.shape[1] * block.shape[3] * block.shape[4]


def _listed(
    scores: Float[Tensor, "batch priors_per_cell classes height width"],
    threshold: float,
    start: int,
    *,
    multi_label: bool,
) -> Candidates:
    """Lists the scores of one block above the threshold; `start` is its first prior."""
    if multi_label:
        image, slot, label, row, column = (scores > threshold).nonzero().unbind(1)
        score = scores[image, slot, label, row, column]
    else:
        best, label_of = scores.nan_to_num(nan=0.0).max(dim=2)
        image, slot, row, column = (best > threshold).nonzero().unbind(1)
        label, score = label_of[image, slot, row, column], best[image, slot, row, column]
    cell = row * scores.shape[4] + column
    return Candidates(image, start + cell * scores.shape[1] + slot, label, score)


def _listed_by_level(scores: list[Tensor], threshold: float, *, multi_label: bool) -> Candidates:
    """Lists what `_listed` lists, without a copy of all scores; the host waits once per level."""
    starts = accumulate([_priors_of(block) for block in scores[:-1]], initial=0)
    levels = [
        _listed(block, threshold, start, multi_label=multi_label) for block, start in zip(scores, starts, strict=True)
    ]
    return Candidates(*(torch.cat(column) for column in zip(*levels, strict=True)))


def _strongest(found: Candidates, batch_size: int, most: int) -> Candidates:
    """Drops what is weaker than the last candidate that its image may keep, before anything is sorted."""
    counts = torch.bincount(found.image, minlength=batch_size)
    crowded = (counts > most).nonzero().squeeze(1).tolist()
    if not crowded:
        return found
    weakest = found.score.new_zeros(batch_size)
    for image in crowded:
        weakest[image] = found.score[found.image == image].topk(most).values[-1]
    return found.rows((found.score >= weakest[found.image]).nonzero().squeeze(1))


def places(
    image: Int64[Tensor, "rows"], is_allowed: Bool[Tensor, "rows"], batch_size: int, most: int
) -> tuple[Int64[Tensor, "batch most"], Bool[Tensor, "batch most"]]:
    """Gives the first allowed rows of every image, and which of the table's places hold one.

    Args:
        image: Of every row, ascending.
        is_allowed: Rows that may be in the table.
        batch_size: Number of images.
        most: Rows of an image that have room.

    Returns:
        Rows (0 where there is none), and True where there is one.
    """
    rank = rank_in_group(image, is_allowed, is_sorted=True)
    waste = batch_size * most
    place = (image * most + rank).where(is_allowed & (rank < most), waste)
    table = torch.full((waste + 1,), -1, dtype=torch.int64, device=image.device)
    row = torch.arange(len(image), device=image.device)
    table = table.scatter_(0, place, row)[:-1].view(batch_size, most)
    return table.clamp(min=0), table >= 0
