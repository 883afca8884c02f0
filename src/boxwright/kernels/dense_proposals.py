"""Scores and boxes of proposals at all priors."""

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import even_sigmoid, widen
from boxwright.structures.level_blocks import join_levels
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets


def all_boxes(proposals: Proposals) -> Float[Tensor, "batch priors 4"]:
    """Decodes every box, xyxy in canvas pixels.

    Args:
        proposals: Codes and how they are decoded.
    """
    if type(proposals) is not Proposals:  # its methods say something else
        batch, num_priors = proposals.predictions.batch_size, len(proposals.priors)
        place = torch.arange(batch * num_priors, device=proposals.predictions.device)
        boxes = proposals.boxes_of(place.div(num_priors, rounding_mode="floor"), place % num_priors)
        return boxes.view(batch, num_priors, 4)
    codes = join_levels(proposals.predictions.box_codes)
    rows = codes.transpose(1, 2).flatten(0, 1)
    boxes = proposals.decode(codes=rows, priors=proposals.priors.rows().repeat(codes.shape[0], 1))
    return boxes.view(codes.shape[0], codes.shape[2], 4)


def scores_of_labels(proposals: Proposals, targets: Targets) -> Float[Tensor, "targets priors"]:
    """Gives the score of every target's label at every prior of its image, in float32 or wider.

    Args:
        proposals: Class logits.
        targets: Labels.
    """
    if type(proposals) is not Proposals:
        prior = torch.arange(len(proposals.priors), device=targets.labels.device).expand(len(targets), -1)
        image, label = (column.unsqueeze(1).expand_as(prior).flatten() for column in (targets.image, targets.labels))
        return proposals.scores_of(image, prior.flatten(), label).view(prior.shape)
    logits = join_levels(proposals.predictions.class_logits)
    if proposals.predictions.has_background:
        return widen(logits).softmax(dim=1)[targets.image, targets.labels + 1]
    return even_sigmoid(widen(logits[targets.image, targets.labels]))
