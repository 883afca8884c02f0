"""Connects boxwright with the suite: small parts here, whole criteria in `boxwright_criteria` and `boxwright_fcos`."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from boxwright.coders import DeltaCoder, DistributionCoder, LtrbCoder, SigmoidOffsetCoder
from boxwright.criterion import yolov5_gains as boxwright_yolov5_gains
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.masks import pixel_windows
from boxwright.geometry.overlaps import aligned_ciou, aligned_diou, aligned_giou, aligned_iou
from boxwright.geometry.overlaps import pairwise_iou as boxwright_pairwise_iou
from boxwright.geometry.suppression import class_aware_nms
from boxwright.losses import CrossEntropy, DistributionFocalLoss, FocalLoss, SmoothL1, SoftLabelCrossEntropy
from boxwright.prior_generators import PointGrid
from boxwright.prior_generators import retinanet_anchors as boxwright_retinanet_anchors
from conformance.adapters.boxwright_criteria import retinanet, ssd, yolov5, yolov8, yolov8_seg
from conformance.adapters.boxwright_fcos import atss, fcos
from conformance.case import Array

NAME = "boxwright"
PRECISIONS = ("float32", "float64", "float16")
Outputs = dict[str, Array]

__all__ = ["atss", "fcos", "retinanet", "ssd", "yolov5", "yolov8", "yolov8_seg"]


def _with_gradients(formula: Callable[..., Tensor], **arrays: Array) -> Outputs:
    """Gives the values of a formula, and the gradients of their sum."""
    leaves = {name: torch.from_numpy(array).requires_grad_() for name, array in arrays.items()}
    values = formula(*leaves.values())
    gradients = torch.autograd.grad(values.sum(), list(leaves.values()))
    found = {f"gradient_{name}": gradient.numpy() for name, gradient in zip(leaves, gradients, strict=True)}
    return {"value": values.detach().numpy(), **found}


def iou(boxes: Array, others: Array) -> Outputs:
    """Row by row, with gradients."""
    return _with_gradients(aligned_iou, boxes=boxes, others=others)


def giou(boxes: Array, others: Array) -> Outputs:
    """Row by row, with gradients."""
    return _with_gradients(aligned_giou, boxes=boxes, others=others)


def diou(boxes: Array, others: Array) -> Outputs:
    """Row by row, with gradients."""
    return _with_gradients(aligned_diou, boxes=boxes, others=others)


def ciou(boxes: Array, others: Array) -> Outputs:
    """Row by row, with gradients."""
    return _with_gradients(aligned_ciou, boxes=boxes, others=others)


def pairwise_iou(boxes: Array, others: Array) -> Array:
    """All with all."""
    return boxwright_pairwise_iou(torch.from_numpy(boxes), torch.from_numpy(others)).numpy()


def delta_encode(boxes: Array, priors: Array, stds: Sequence[float]) -> Array:
    """Codes of boxes."""
    coder = DeltaCoder(stds=(stds[0], stds[1], stds[2], stds[3]))
    return coder.encode(boxes=torch.from_numpy(boxes), priors=torch.from_numpy(priors)).numpy()


def delta_decode(codes: Array, priors: Array, stds: Sequence[float], clamp: str) -> Array:
    """Boxes of codes."""
    coder = DeltaCoder(stds=(stds[0], stds[1], stds[2], stds[3]), clamp=clamp)
    return coder.decode(codes=torch.from_numpy(codes), priors=torch.from_numpy(priors)).numpy()


def _points(points: Array, strides: Array) -> Tensor:
    return torch.from_numpy(np.concatenate((points, strides[:, None], strides[:, None]), axis=1))


def ltrb_encode(boxes: Array, points: Array, strides: Array) -> Array:
    """Distances of sides."""
    return LtrbCoder().encode(boxes=torch.from_numpy(boxes), priors=_points(points, strides)).numpy()


def ltrb_decode(codes: Array, points: Array, strides: Array) -> Array:
    """Boxes of distances."""
    return LtrbCoder().decode(codes=torch.from_numpy(codes), priors=_points(points, strides)).numpy()


def distribution_decode(logits: Array, points: Array, strides: Array) -> Array:
    """Boxes of distributions."""
    coder = DistributionCoder(logits.shape[1] // 4)
    return coder.decode(codes=torch.from_numpy(logits), priors=_points(points, strides)).numpy()


def clamped_distances(distances: Array, bins: int) -> Array:
    """What the distributions should have: encodes the boxes that lie so far from a point at 0."""
    boxes = distances * np.array([-1, -1, 1, 1], dtype=distances.dtype)
    points = _points(np.zeros((len(boxes), 2), boxes.dtype), np.ones(len(boxes), boxes.dtype))
    return DistributionCoder(bins).encode(boxes=torch.from_numpy(boxes), priors=points).numpy()


def sigmoid_offset_decode(codes: Array, priors: Array, strides: Array) -> Array:
    """Boxes of YOLOv5's codes."""
    rows = torch.from_numpy(np.concatenate((priors, strides[:, None]), axis=1))
    return SigmoidOffsetCoder().decode(codes=torch.from_numpy(codes), priors=rows).numpy()


def cell_points(canvas: Sequence[int], strides: Sequence[int]) -> Array:
    """The middles of cells."""
    priors = PointGrid(tuple(strides))((canvas[0], canvas[1]))
    return torch.cat((priors.boxes[:, :2], priors.stride[:, None]), dim=1).numpy()


def retinanet_anchors(canvas: Sequence[int], strides: Sequence[int], convention: str) -> Array:
    """RetinaNet's anchors."""
    grid = boxwright_retinanet_anchors(convention, strides=tuple(strides))
    return cxcywh_to_xyxy(grid((canvas[0], canvas[1])).boxes).numpy()


def bce(logits: Array, labels: Array) -> Outputs:
    """Element by element."""
    return _named(_with_gradients(lambda x: SoftLabelCrossEntropy()(x, torch.from_numpy(labels)), x=logits))


def focal(logits: Array, labels: Array, alpha: float, gamma: float) -> Outputs:
    """Element by element."""
    return _named(_with_gradients(lambda x: FocalLoss(gamma, alpha)(x, torch.from_numpy(labels)), x=logits))


def smooth_l1(predicted: Array, truth: Array, beta: float) -> Outputs:
    """Element by element: boxwright sums rows, so each number gets a row of its own."""

    def formula(values: Tensor) -> Tensor:
        rows = SmoothL1(beta)(values.reshape(-1, 1), torch.from_numpy(truth).reshape(-1, 1))
        return rows.reshape(values.shape)

    return _named(_with_gradients(formula, x=predicted))


def softmax_cross_entropy(logits: Array, labels: Array) -> Outputs:
    """Row by row: a block of one cell per row, in which every row is a pair with its label (the background is 0)."""

    def formula(rows: Tensor) -> Tensor:
        block = rows.t()[None, None, :, None, :]
        prior = torch.arange(len(rows))
        label = torch.from_numpy(labels).long()
        pair = (label > 0).nonzero().squeeze(1)
        quality = torch.ones(len(pair), dtype=rows.dtype)
        return CrossEntropy()((block,), torch.zeros_like(pair), prior[pair], label[pair] - 1, quality)[0]

    return _named(_with_gradients(formula, x=logits))


def dfl(logits: Array, distances: Array) -> Outputs:
    """One side per row: boxwright takes four sides and gives their mean."""

    def formula(rows: Tensor) -> Tensor:
        fourfold = torch.from_numpy(distances)[:, None].expand(-1, 4)
        return DistributionFocalLoss()(rows.repeat(1, 4), fourfold)

    return _named(_with_gradients(formula, x=logits))


def _named(found: Outputs) -> Outputs:
    return {"value": found["value"], "gradient": found["gradient_x"]}


def nms(boxes: Array, scores: Array, labels: Array, threshold: float) -> Array:
    """Kept boxes, best first."""
    kinds = torch.from_numpy(labels).long()
    return class_aware_nms(torch.from_numpy(boxes), torch.from_numpy(scores), kinds, threshold).numpy()


def mask_crop(masks: Array, boxes: Array) -> Array:
    """Masks cut to boxes."""
    result = np.zeros_like(masks)
    windows = pixel_windows(torch.from_numpy(boxes), (masks.shape[1], masks.shape[2])).tolist()
    for out, mask, (left, top, right, bottom) in zip(result, masks, windows, strict=True):
        out[top:bottom, left:right] = mask[top:bottom, left:right]
    return result


def yolov5_gains(levels: int, classes: int, canvas: Sequence[int]) -> Array:
    """Gains of box, class and objectness."""
    gains = boxwright_yolov5_gains(levels, classes, (canvas[0], canvas[1]))
    return np.array([gains.box, gains.classification, gains.objectness])
