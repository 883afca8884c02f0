"""Cross-entropy of whole rows of scores against labels, for pairs of which many share a prediction."""

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import even_sigmoid, widen, widest
from boxwright.kernels.level_rows import rows_at
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets

POINTS_AT_ONCE = 1 << 14
LEAST_LOG = -100.0  # as in `torch.nn.functional.binary_cross_entropy`


def class_costs(target: Tensor, prior: Tensor, targets: Targets, proposals: Proposals) -> Float[Tensor, "pairs"]:
    """Gives the binary cross-entropy of the roots of all scores against each target's label, summed over the classes.

    Every prediction is read once, however many targets ask for it.

    Args:
        target: Row of the targets of each pair.
        prior: Prior of each pair.
        targets: The objects of the batch.
        proposals: Scores of the predictions.
    """
    num_priors = proposals.predictions.num_priors
    points, of_pair = torch.unique(targets.image[target] * num_priors + prior, return_inverse=True)
    label = targets.labels[target]
    absent = torch.zeros(len(points), dtype=widest(points.device), device=points.device)
    change = absent.new_zeros(len(target))
    for first in range(0, len(points), POINTS_AT_ONCE):
        some = points[first : first + POINTS_AT_ONCE]
        image = some.div(num_priors, rounding_mode="floor")
        root = _scores(proposals, image, some % num_priors).to(absent.dtype).sqrt()
        missing = -(1 - root).log().clamp(min=LEAST_LOG)
        absent[first : first + POINTS_AT_ONCE] = missing.sum(dim=1)
        rows = ((of_pair >= first) & (of_pair < first + len(some))).nonzero().squeeze(1)
        at = (of_pair[rows] - first, label[rows])
        change[rows] = -root[at].log().clamp(min=LEAST_LOG) - missing[at]
    return absent[of_pair] + change


def _scores(proposals: Proposals, image: Tensor, prior: Tensor) -> Float[Tensor, "points classes"]:
    logits = widen(rows_at(proposals.predictions.class_logits, image, prior))
    return logits.softmax(dim=1)[:, 1:] if proposals.predictions.has_background else even_sigmoid(logits)
