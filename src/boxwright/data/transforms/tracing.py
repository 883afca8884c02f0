"""Knowing which annotation an object comes from, however its picture was made."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.structures import Sample


def trace(sample: Sample, position: int) -> Sample:
    """Notes of every object where its annotation is; transforms carry that on.

    Args:
        sample: An image of a data set, as it was read; what says so itself, as tiles do, stays.
        position: Of the image in the data set.
    """
    if sample.annotation is not None:
        return sample
    row = torch.arange(len(sample.labels))
    return replace(sample, annotation=torch.stack((torch.full_like(row, position), row), dim=1))


def traces(samples: Sequence[Sample]) -> Int64[Tensor, "targets 2"] | None:
    """Concatenates what is known about the objects of several samples; None if it is not known of all samples.

    Args:
        samples: Parts of one picture or of a batch.
    """
    known = [sample.annotation for sample in samples if sample.annotation is not None]
    return torch.cat(known) if known and len(known) == len(samples) else None
