"""Connects boxwright's criteria with the suite."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from boxwright.assigners import MaxIouAssigner
from boxwright.coders import DeltaCoder
from boxwright.criterion import (
    Criterion,
    YOLOv5Gains,
    retinanet_criterion,
    ssd_criterion,
    yolov5_criterion,
    yolov8_criterion,
    yolov8_seg_criterion,
)
from boxwright.prior_generators import AnchorGrid, DefaultBoxes, PointGrid, retinanet_anchors
from boxwright.prior_generators.default_boxes import crossed_sizes
from boxwright.structures import Assignment, MaskPredictions, Predictions, Priors, Targets
from boxwright.structures.instance_masks import InstanceMasks
from conformance.case import Array

Outputs = dict[str, Any]
Leaves = Mapping[str, Tensor]


def leaves_of(**arrays: Array) -> dict[str, Tensor]:
    """Makes tensors along which gradients are taken."""
    return {name: torch.from_numpy(array).requires_grad_() for name, array in arrays.items()}


def targets_of(boxes: Array, labels: Array, images: Array, batch: int, ignored: int = 0, **further: Any) -> Targets:
    """Puts objects in the order of their images; the last `ignored` ones are regions."""
    image = torch.from_numpy(images).long()
    order = image.argsort(stable=True)
    ignore = torch.arange(len(image)) >= len(image) - ignored
    kinds = torch.from_numpy(labels).long()
    return Targets(torch.from_numpy(boxes)[order], kinds[order], image[order], ignore[order], batch, **further)


def answer_of(
    criterion: Criterion, predictions: Predictions, priors: Priors, targets: Targets, leaves: Leaves
) -> Outputs:
    """Runs a criterion; gives its assignment, its losses and the gradients of their sum."""
    outcome = criterion.run(predictions, priors, targets)
    total = torch.stack(list(outcome.losses.values())).sum()
    gradients = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    found: Outputs = {"assignment": outcome.assignment}
    found |= {f"loss_{name}": loss.detach().numpy() for name, loss in outcome.losses.items()}
    for (name, leaf), gradient in zip(leaves.items(), gradients, strict=True):
        found[f"gradient_{name}"] = (torch.zeros_like(leaf) if gradient is None else gradient).numpy()
    return found


def dense_of(assignment: Assignment, shape: tuple[int, ...], ignored: int = -1) -> Array:
    """Lays an assignment out: target of each prior, −1 background."""
    dense = torch.full(shape, -1)
    if assignment.ignored is not None:
        dense[assignment.ignored] = ignored
    dense[assignment.image, assignment.prior] = assignment.target
    return dense.numpy()


def ssd(
    class_logits: Array,
    codes: Array,
    priors: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    convention: str,
    canvas: Sequence[int],
    cells: int,
    scales: Sequence[float],
    ratios: Sequence[float],
    threshold: float,
    negatives_per_positive: float,
) -> Outputs:
    """SSD's criterion in one of its dialects."""
    del priors
    sizes = crossed_sizes(tuple(scales), tuple(ratios))
    generated = DefaultBoxes((sizes,), (canvas[0] // cells,))((canvas[0], canvas[1]))
    leaves = leaves_of(class_logits=class_logits, codes=codes)
    predictions = Predictions.from_dense(leaves["class_logits"], leaves["codes"], generated, has_background=True)
    criterion = ssd_criterion(
        dialect="default" if convention == "paper" else convention,
        threshold=threshold,
        negatives_per_positive=negatives_per_positive,
    )
    targets = targets_of(boxes, labels, images, len(codes))
    found = answer_of(criterion, predictions, generated, targets, leaves)
    assignment: Assignment = found.pop("assignment")
    matched = dense_of(assignment, codes.shape[:2])
    ignored = np.zeros(matched.shape, dtype=bool) if assignment.ignored is None else assignment.ignored.numpy()
    return {"matched": matched, "negatives": ~ignored & (matched < 0), **found}


def retinanet(
    class_logits: Array,
    codes: Array,
    anchors: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    ignore_boxes: Array,
    ignore_images: Array,
    convention: str,
    canvas: Sequence[int],
    strides: Sequence[int],
    box_loss: str,
    beta: float,
    stds: Sequence[float],
) -> Outputs:
    """RetinaNet's criterion in one of its dialects."""
    del anchors
    generated = retinanet_anchors(convention, strides=tuple(strides))((canvas[0], canvas[1]))
    leaves = leaves_of(class_logits=class_logits, codes=codes)
    criterion = retinanet_criterion(
        dialect=convention,
        assigner=MaxIouAssigner(
            0.5,
            0.4,
            "last" if convention == "mmdetection" else "restore",
            ignore_share=0.5 if len(ignore_boxes) else None,
            ignored_may_match=False,
        ),
        coder=DeltaCoder(
            stds=(stds[0], stds[1], stds[2], stds[3]), clamp="both" if convention == "mmdetection" else "upper"
        ),
        box_loss=box_loss,
        beta=beta,
    )
    targets = targets_of(
        np.concatenate((boxes, ignore_boxes)),
        np.concatenate((labels, np.zeros(len(ignore_boxes), labels.dtype))),
        np.concatenate((images, ignore_images)),
        len(codes),
        len(ignore_boxes),
    )
    predictions = Predictions.from_dense(leaves["class_logits"], leaves["codes"], generated)
    found = answer_of(criterion, predictions, generated, targets, leaves)
    matched = dense_of(found.pop("assignment"), codes.shape[:2], ignored=-2)
    objects = np.concatenate((targets.ignore.logical_not().cumsum(0).numpy() - 1, [-2, -1]))  # regions are no objects
    return {"matched": objects[matched], **found}


def yolov5(
    codes: Array,
    objectness: Array,
    class_logits: Array,
    priors: Array,
    prior_strides: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    canvas: Sequence[int],
    strides: Sequence[int],
    anchors: Sequence[Sequence[Sequence[float]]],
    threshold: float,
    label_smoothing: float,
    focal_gamma: float,
    duplicates: Any,
    repeats: bool,
    box_gain: float,
    objectness_gain: float,
    class_gain: float,
) -> Outputs:
    """YOLOv5's criterion."""
    del priors, prior_strides
    sides = tuple(tuple((float(w), float(h)) for w, h in level) for level in anchors)
    generated = AnchorGrid(sides, tuple(strides))((canvas[0], canvas[1]))
    leaves = leaves_of(codes=codes, objectness=objectness, class_logits=class_logits)
    predictions = Predictions.from_dense(
        leaves["class_logits"], leaves["codes"], generated, further={"objectness": leaves["objectness"].unsqueeze(2)}
    )
    criterion = yolov5_criterion(
        class_logits.shape[2],
        strides=tuple(strides),
        gains=YOLOv5Gains(box_gain, class_gain, objectness_gain),
        label_smoothing=label_smoothing,
        focal_gamma=focal_gamma,
        anchor_threshold=threshold,
        duplicates=duplicates,
        repeats=repeats,
    )
    found = answer_of(criterion, predictions, generated, targets_of(boxes, labels, images, len(codes)), leaves)
    assignment: Assignment = found.pop("assignment")
    rows = torch.stack((assignment.image, assignment.prior, assignment.target), dim=1).tolist()
    return {"loss_class": np.zeros(()), **found, "pairs": np.array(sorted(rows)).reshape(-1, 3)}


def yolov8(
    box_logits: Array,
    class_logits: Array,
    points: Array,
    point_strides: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    dialect: str,
    canvas: Sequence[int],
    strides: Sequence[int],
) -> Outputs:
    """YOLOv8's criterion in one of its dialects."""
    del points, point_strides
    priors = PointGrid(tuple(strides))((canvas[0], canvas[1]))
    leaves = leaves_of(box_logits=box_logits, class_logits=class_logits)
    predictions = Predictions.from_dense(leaves["class_logits"], leaves["box_logits"], priors)
    criterion = yolov8_criterion(dialect=dialect, reg_max=box_logits.shape[2] // 4)
    found = answer_of(criterion, predictions, priors, targets_of(boxes, labels, images, len(box_logits)), leaves)
    assignment: Assignment = found.pop("assignment")
    quality = torch.zeros(box_logits.shape[:2], dtype=assignment.quality.dtype)
    quality[assignment.image, assignment.prior] = assignment.quality.detach()
    return {"matched": dense_of(assignment, box_logits.shape[:2]), "quality": quality.numpy(), **found}


def yolov8_seg(
    box_logits: Array,
    class_logits: Array,
    points: Array,
    point_strides: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    coefficients: Array,
    prototypes: Array,
    masks: Array,
    dialect: str,
    canvas: Sequence[int],
    strides: Sequence[int],
    overlap_map: bool,
) -> Outputs:
    """The mask loss of YOLOv8-seg's criterion; the other losses do not see coefficients and prototypes."""
    del points, point_strides
    priors = PointGrid(tuple(strides))((canvas[0], canvas[1]))
    leaves = leaves_of(coefficients=coefficients, prototypes=prototypes)
    dense = Predictions.from_dense(
        torch.from_numpy(class_logits), torch.from_numpy(box_logits), priors, further={"mask": leaves["coefficients"]}
    )
    predictions = Predictions(
        dense.class_logits, dense.box_codes, masks=MaskPredictions(dense.further["mask"], leaves["prototypes"])
    )
    instances = InstanceMasks.from_boolean(torch.from_numpy(masks), canvas[0] // masks.shape[1])
    targets = targets_of(boxes, labels, images, len(coefficients), masks=instances)
    criterion = yolov8_seg_criterion(dialect=dialect, reg_max=box_logits.shape[2] // 4, overlap_map=overlap_map)
    found = answer_of(criterion, predictions, priors, targets, leaves)
    matched = dense_of(found["assignment"], coefficients.shape[:2])
    kept = ("loss_mask", "gradient_coefficients", "gradient_prototypes")
    return {"matched": matched, **{name: found[name] for name in kept}}
