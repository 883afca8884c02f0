"""An assignment written out densely, anchor by anchor, for inspection and for comparison with published code."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.coders.coder import Encoder
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


@dataclass(frozen=True, slots=True)
class AnchorTargets:
    """What every anchor is to learn, and how much that counts. The losses do not need it.

    Args:
        labels: Class from 0; the number of classes stands for background, also where the anchor is ignored.
        label_weights: 0 where the anchor is ignored.
        box_targets: Codes, or xyxy boxes in pixels; 0 where there is no pair.
        box_weights: 1 at pairs.
    """

    labels: Int64[Tensor, "batch priors"]
    label_weights: Float[Tensor, "batch priors"]
    box_targets: Float[Tensor, "batch priors 4"]
    box_weights: Float[Tensor, "batch priors 4"]

    def of_levels(self, priors: Priors) -> tuple["AnchorTargets", ...]:
        """Splits every column by level, finest first.

        Args:
            priors: The priors of the canvas.
        """
        columns = (self.labels, self.label_weights, self.box_targets, self.box_weights)
        return tuple(AnchorTargets(*(column[:, grid.start : grid.stop] for column in columns)) for grid in priors.grids)


def anchor_targets(
    assignment: Assignment,
    priors: Priors,
    targets: Targets,
    *,
    num_classes: int,
    coder: Encoder | None,
    positive_weight: float = 1.0,
) -> AnchorTargets:
    """Writes an assignment out.

    Args:
        assignment: At most one pair per prior.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        num_classes: Number of categories.
        coder: Encodes the boxes; None leaves them as xyxy in pixels, for losses of decoded boxes.
        positive_weight: Label weight of pairs.
    """
    at, shape = (assignment.image, assignment.prior), (targets.batch_size, len(priors))
    boxes = targets.boxes[assignment.target]
    if coder is not None:
        boxes = coder.encode(boxes=boxes, priors=priors.rows(assignment.prior))
    labels = torch.full(shape, num_classes, dtype=torch.int64, device=boxes.device)
    labels[at] = targets.labels[assignment.target]
    label_weights = boxes.new_ones(shape)
    label_weights[assignment.ignored] = 0
    label_weights[at] = positive_weight
    box_targets, box_weights = boxes.new_zeros(*shape, 4), boxes.new_zeros(*shape, 4)
    box_targets[at], box_weights[at] = boxes, 1.0
    return AnchorTargets(labels, label_weights, box_targets, box_weights)


def unmap(
    rows: Float[Tensor, "kept *columns"] | Int64[Tensor, "kept *columns"],
    kept: Bool[Tensor, "priors"],
    fill: int | float,
) -> Float[Tensor, "priors *columns"] | Int64[Tensor, "priors *columns"]:
    """Puts what was computed for some anchors back among all of them.

    Our assigners number the anchors of the whole canvas and need no such step; code that first throws anchors
    outside the image away does.

    Args:
        rows: One per kept anchor.
        kept: Which anchors they are.
        fill: What the others get.
    """
    result = rows.new_full((len(kept), *rows.shape[1:]), fill)
    result[kept] = rows
    return result
