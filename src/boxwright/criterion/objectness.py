"""The objectness term: every prior against the overlap of what it predicts."""

from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.criterion.level_balance import Balance, LevelBalance
from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values
from boxwright.errors import unknown_name
from boxwright.geometry.overlaps import aligned_exact_ciou
from boxwright.kernels.segments import max_per_group
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.kinds import BoxLoss, PriorLoss
from boxwright.reducers.per_level import level_means
from boxwright.structures.proposals import Decode


@dataclass(frozen=True, slots=True)
class ObjectnessTerm:
    """Charges every prior that is not ignored for its objectness logit.

    The label of a prior is the overlap of its predicted box with its target, not below 0 and not differentiated; that
    of a prior without target is 0. A prior of several targets has the largest of their overlaps. (Published code keeps
    the one that was written last, which on a GPU is any of them.) The mean over all priors of a level is weighted
    by the level. Ignored priors cost nothing, but count in the mean.

    Source: Jocher et al., YOLOv5 (software, 2020).

    Args:
        decode: The coder's `decode`.
        balance: Weighs the levels, and may follow their losses.
        gain: Weight of the term.
        gain_canvas: Canvas (height, width) that the gain is meant for: on another one it is scaled with the area.
            None: it is meant for all.
        loss: Gives a value per prior.
        overlap: Gives the overlap of predicted and true xyxy boxes, row by row, in strides.
        duplicates: Which overlap a prior of several targets has: the "largest", or that of the "last" pair.
        name: What the term is called.

    Raises:
        ConfigError: There is no such rule for duplicates.
    """

    decode: Decode
    balance: Balance = field(default_factory=lambda: LevelBalance((4.0, 1.0, 0.4)))
    gain: float = 1.0
    gain_canvas: tuple[int, int] | None = None
    loss: PriorLoss = field(default_factory=BinaryCrossEntropy)
    overlap: BoxLoss = aligned_exact_ciou
    duplicates: Literal["largest", "last"] = "largest"
    name: str = "objectness"

    __call__ = reduced_values

    def __post_init__(self) -> None:
        """Checks the rule for duplicates."""
        if self.duplicates not in ("largest", "last"):
            raise unknown_name("rule for duplicates", self.duplicates, ("largest", "last"))

    def values(self, matches: Matches) -> Float[Tensor, "batch priors"]:
        """Gives what each prior costs, without the gain.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no objectness.
        """
        blocks = matches.predictions.blocks_of("objectness")
        image, prior, quality = self._labels(matches)
        values = self.loss(blocks, image, prior, torch.zeros_like(prior), quality)
        return values.masked_fill(matches.assignment.ignored, 0)

    def reduce(self, values: Float[Tensor, "batch priors"], matches: Matches) -> Float[Tensor, ""]:
        """Turns the values into the weighted loss; linear in them. A balance that moves notes the losses of the levels.

        Args:
            values: From `values`.
            matches: What they were computed from.
        """
        return self._gain(matches.priors.canvas_size) * self.balance(level_means(values, matches.priors))

    @torch.no_grad()
    def _labels(
        self, matches: Matches
    ) -> tuple[Int64[Tensor, "positives"], Int64[Tensor, "positives"], Float[Tensor, "positives"]]:
        """Gives image, prior and label of the pairs; of several at one prior, all but the last have the label 0."""
        boxes = self.decode(codes=matches.box_codes, priors=matches.prior_boxes)
        targets, strides = matches.target_boxes.to(boxes.dtype), matches.strides
        overlap = self.overlap(boxes / strides, targets / strides).clamp(min=0)
        found, num_priors = matches.assignment, len(matches.priors)
        point = torch.add(found.prior, found.image, alpha=num_priors)
        row, num_points = torch.arange(len(point), device=point.device), found.num_images * num_priors
        last = row.new_zeros(num_points).scatter_reduce_(0, point, row, "amax")
        best = overlap if self.duplicates == "last" else max_per_group(overlap, point, num_points).take(point)
        return found.image, found.prior, best.where(row == last.take(point), 0)

    def _gain(self, canvas_size: tuple[int, int]) -> float:
        if self.gain_canvas is None:
            return self.gain
        return self.gain * (canvas_size[0] * canvas_size[1]) / (self.gain_canvas[0] * self.gain_canvas[1])
