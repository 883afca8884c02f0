"""Priors whose number is only known when a program runs."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from boxwright.structures import Predictions


@runtime_checkable
class LevelBoxes(Protocol):
    """A prior generator that can give the boxes of one level, of sizes that are symbols."""

    strides: tuple[int, ...]

    def level_boxes(self, level: int, cells: tuple[int, int], canvas_size: tuple[int, int]) -> Tensor:
        """Gives cxcywh in canvas pixels, cell by cell."""
        ...


def prior_rows(generator: LevelBoxes, predictions: Predictions, canvas_size: tuple[int, int]) -> Tensor:
    """Computes what a coder reads of all priors, as `Priors.rows` gives it, from the cells that the network made.

    Args:
        generator: Of the system.
        predictions: Whose levels say how many cells there are.
        canvas_size: Height and width in pixels.
    """
    rows = []
    for level, block in enumerate(predictions.class_logits):
        boxes = generator.level_boxes(level, (block.shape[3], block.shape[4]), canvas_size)
        rows.append(torch.cat((boxes, torch.full_like(boxes[:, :1], generator.strides[level])), dim=1))
    return torch.cat(rows)
