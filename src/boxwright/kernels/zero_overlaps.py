"""The trap of published code: a target that overlaps nothing is paired with everything."""

import torch
from torch import Tensor

from boxwright.kernels.overlap_search import Overlaps
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def with_zero_overlaps(
    pairs: Overlaps, live: Tensor, priors: Priors, targets: Targets, usable: Tensor | None
) -> Overlaps:
    """Adds a pair with every usable prior for each target that overlaps none.

    Args:
        pairs: Rows are rows of the targets.
        live: Targets that are not ignored.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        usable: Priors that take part; None: all.
    """
    without = torch.ones(len(targets), dtype=torch.bool, device=live.device)
    without[pairs.row] = False
    row = live[without[live]].repeat_interleave(len(priors))
    prior = torch.arange(len(priors), device=live.device).repeat(len(row) // len(priors))
    if usable is not None:
        takes_part = usable[targets.image[row], prior]
        row, prior = row[takes_part], prior[takes_part]
    nothing = pairs.overlap.new_zeros(len(row))
    return Overlaps(torch.cat((pairs.row, row)), torch.cat((pairs.prior, prior)), torch.cat((pairs.overlap, nothing)))
