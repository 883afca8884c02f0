"""The centreness term: how far from the middle of its target each pair's prior says it is."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.criterion.matches import Matches
from boxwright.criterion.reduction import reduced_values, weighted_reduction
from boxwright.criterion.term import Reducer
from boxwright.kernels.level_rows import rows_at
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss
from boxwright.reducers.by_quality import ByQuality


@dataclass(frozen=True, slots=True)
class CentrenessTerm:
    """Charges each pair for its centreness logit, by the pair's weight; background costs nothing.

    Source: FCOS, Tian et al. 2019, eq. 3.

    Args:
        gain: Weight of the term.
        loss: Gives a value per pair from logit and label.
        reducer: Turns the values into one number.
        name: What the term is called.
    """

    gain: float = 1.0
    loss: SoftLabelLoss = field(default_factory=SoftLabelCrossEntropy)
    reducer: Reducer = field(default_factory=ByQuality)
    name: str = "centreness"

    __call__ = reduced_values
    reduce = weighted_reduction

    def values(self, matches: Matches) -> Float[Tensor, "pairs"]:
        """Gives what each pair costs, times its weight, without the gain.

        Args:
            matches: The pairs and everything they refer to.

        Raises:
            ShapeError: The network predicts no centreness.
        """
        found, blocks = matches.assignment, matches.predictions.blocks_of("centreness")
        logits = rows_at(blocks, found.image, found.prior).squeeze(1)
        return self.loss(logits, centreness(matches.prior_boxes, matches.target_boxes)) * found.weight


def centreness(priors: Float[Tensor, "pairs _"], target_boxes: Float[Tensor, "pairs 4"]) -> Float[Tensor, "pairs"]:
    """Gives √(min(l, r) / max(l, r) · min(t, b) / max(t, b)) of the distances to the four sides, 1 in the middle.

    It is 0 on the edge of the target, and outside.

    Source: FCOS, Tian et al. 2019, eq. 3.

    Args:
        priors: Rows that begin with the centre.
        target_boxes: xyxy, in the same unit.
    """
    near, far = priors[:, :2] - target_boxes[:, :2], target_boxes[:, 2:] - priors[:, :2]
    shares = torch.minimum(near, far).clamp(min=0) / torch.maximum(near, far).clamp(min=torch.finfo(near.dtype).tiny)
    return shares.prod(dim=1).sqrt()
