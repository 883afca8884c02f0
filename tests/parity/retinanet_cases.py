"""Builds what our parts read from the recorded RetinaNet cases, in both conventions."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from boxwright.prior_generators import retinanet_anchors
from boxwright.structures import Assignment, Predictions, Priors, Targets


@dataclass(frozen=True)
class Case:
    """Inputs of one case; `leaves` collect gradients, `numbers` names every target inside its image, from 0."""

    predictions: Predictions
    priors: Priors
    targets: Targets
    leaves: dict[str, Tensor]
    numbers: Tensor


def mmdetection_case(arrays: dict[str, Tensor], config: dict[str, Any], dtype: torch.dtype = torch.float32) -> Case:
    priors = retinanet_anchors(
        strides=tuple(config["strides"]),
        octave_base_scale=float(config["octave_base_scale"]),
        scales_per_octave=config["scales_per_octave"],
        ratios=tuple(config["ratios"]),
    )(tuple(config["batch_hw"]))
    leaves = {
        f"{kind}_l{level}": arrays[f"{kind}_l{level}"].to(dtype).clone().requires_grad_()
        for kind in ("cls", "box")
        for level in range(len(priors.grids))
    }
    blocks = {
        kind: tuple(
            leaves[f"{kind}_l{level}"].unflatten(1, (grid.priors_per_cell, -1))
            for level, grid in enumerate(priors.grids)
        )
        for kind in ("cls", "box")
    }
    targets, numbers = _targets(arrays, config["batch"], dtype, torch.tensor(config["image_hw"]))
    return Case(Predictions(blocks["cls"], blocks["box"]), priors, targets, leaves, numbers)


def torchvision_case(arrays: dict[str, Tensor], config: dict[str, Any], dtype: torch.dtype = torch.float32) -> Case:
    priors = retinanet_anchors("torchvision", strides=tuple(config["strides"]))(tuple(config["image_hw"]))
    leaves = {key: arrays[key].to(dtype).clone().requires_grad_() for key in ("cls_logits", "box_deltas")}
    predictions = Predictions.from_dense(leaves["cls_logits"], leaves["box_deltas"], priors)
    targets, numbers = _targets(arrays, config["batch"], dtype, None)
    return Case(predictions, priors, targets, leaves, numbers)


def _targets(
    arrays: dict[str, Tensor], batch: int, dtype: torch.dtype, image_sizes: Tensor | None
) -> tuple[Targets, Tensor]:
    """Puts ignored regions behind the objects of each image."""
    regions = arrays.get("ignore_boxes", torch.zeros(0, 4))
    boxes = torch.cat((arrays["gt_boxes"], regions)).to(dtype)
    image = torch.cat((arrays["gt_image"], arrays.get("ignore_image", torch.zeros(0, dtype=torch.int64)))).long()
    labels = torch.cat((arrays["gt_labels"].long(), torch.zeros(len(regions), dtype=torch.int64)))
    ignore = torch.arange(len(boxes)) >= len(arrays["gt_boxes"])
    order = image.argsort(stable=True)
    targets = Targets(boxes[order], labels[order], image[order], ignore[order], batch, image_sizes=image_sizes)
    counts = torch.bincount(targets.image, minlength=batch)
    return targets, torch.arange(len(boxes)) - (counts.cumsum(0) - counts)[targets.image]


def dense_assignment(found: Assignment, case: Case) -> Tensor:
    """Gives, as recorded code numbers it, k > 0 for the k-th target of the image, 0 background, −1 ignored."""
    dense = torch.zeros(case.targets.batch_size, len(case.priors), dtype=torch.int64)
    dense[found.ignored] = -1
    dense[found.image, found.prior] = case.numbers[found.target] + 1
    return dense
