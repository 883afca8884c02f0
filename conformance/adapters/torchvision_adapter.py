"""Connects torchvision with the suite: what its public functions and models offer."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.fcos import FCOS, FCOSHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNet, RetinaNetHead
from torchvision.models.detection.ssd import SSD
from torchvision.ops import (
    batched_nms,
    box_iou,
    complete_box_iou_loss,
    distance_box_iou_loss,
    generalized_box_iou_loss,
    sigmoid_focal_loss,
)

from conformance.case import Array

NAME = "torchvision"
PRECISIONS = ("float32", "float64", "float16")
Outputs = dict[str, Any]
LOSSES = {"classification": "class", "bbox_regression": "box", "bbox_ctrness": "centreness"}


def _with_gradients(formula: Callable[..., Tensor], **arrays: Array) -> Outputs:
    leaves = {name: torch.from_numpy(array).requires_grad_() for name, array in arrays.items()}
    values = formula(*leaves.values())
    gradients = torch.autograd.grad(values.sum(), list(leaves.values()))
    found = {f"gradient_{name}": gradient.numpy() for name, gradient in zip(leaves, gradients, strict=True)}
    return {"value": values.detach().numpy(), **found}


def iou(boxes: Array, others: Array) -> Outputs:
    """Row by row out of matrices of one number: there is no function for rows."""

    def formula(one: Tensor, other: Tensor) -> Tensor:
        return torch.cat([box_iou(a[None], b[None])[0] for a, b in zip(one, other, strict=True)])

    return _with_gradients(formula, boxes=boxes, others=others)


def giou(boxes: Array, others: Array) -> Outputs:
    """One minus the loss."""
    return _with_gradients(lambda one, other: 1 - generalized_box_iou_loss(one, other), boxes=boxes, others=others)


def diou(boxes: Array, others: Array) -> Outputs:
    """One minus the loss."""
    return _with_gradients(lambda one, other: 1 - distance_box_iou_loss(one, other), boxes=boxes, others=others)


def ciou(boxes: Array, others: Array) -> Outputs:
    """One minus the loss."""
    return _with_gradients(lambda one, other: 1 - complete_box_iou_loss(one, other), boxes=boxes, others=others)


def pairwise_iou(boxes: Array, others: Array) -> Array:
    """All with all."""
    found: Array = box_iou(torch.from_numpy(boxes), torch.from_numpy(others)).numpy()
    return found


def focal(logits: Array, labels: Array, alpha: float, gamma: float) -> Outputs:
    """Element by element."""
    found = _with_gradients(lambda x: sigmoid_focal_loss(x, torch.from_numpy(labels), alpha, gamma), x=logits)
    return {"value": found["value"], "gradient": found["gradient_x"]}


def nms(boxes: Array, scores: Array, labels: Array, threshold: float) -> Array:
    """Kept boxes, best first."""
    kinds = torch.from_numpy(labels).long()
    found: Array = batched_nms(torch.from_numpy(boxes), torch.from_numpy(scores), kinds, threshold).numpy()
    return found


def _corners(priors: Array) -> Tensor:
    rows = torch.from_numpy(priors)
    return torch.cat((rows[:, :2] - rows[:, 2:] / 2, rows[:, :2] + rows[:, 2:] / 2), dim=1)


def _coder(stds: Sequence[float]) -> BoxCoder:
    x, y, width, height = (1 / std for std in stds)
    return BoxCoder((x, y, width, height))


def delta_encode(boxes: Array, priors: Array, stds: Sequence[float]) -> Array:
    """Codes of boxes."""
    found: Array = _coder(stds).encode_single(torch.from_numpy(boxes), _corners(priors)).numpy()
    return found


def delta_decode(codes: Array, priors: Array, stds: Sequence[float], clamp: str) -> Array:
    """Boxes of codes; only large ratios are clamped."""
    if clamp != "upper":
        raise NotImplementedError("small ratios are not clamped")
    found: Array = _coder(stds).decode_single(torch.from_numpy(codes), _corners(priors)).numpy()
    return found


class _Backbone(nn.Module):
    """Never called: only losses are asked for."""

    out_channels = 8


def _anchor_generator(strides: Sequence[int]) -> AnchorGenerator:
    sizes = tuple(tuple(int(4 * stride * 2 ** (octave / 3)) for octave in range(3)) for stride in strides)
    return AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes))


def retinanet_anchors(canvas: Sequence[int], strides: Sequence[int], convention: str) -> Array:
    """RetinaNet's anchors."""
    if convention != "torchvision":
        raise NotImplementedError(f"another convention: {convention}")
    height, width = canvas
    features = [torch.zeros(1, 1, -(-height // stride), -(-width // stride)) for stride in strides]
    images = ImageList(torch.zeros(1, 3, height, width), [(height, width)])
    found: Array = _anchor_generator(strides)(images, features)[0].numpy()
    return found


def _rows(boxes: Array, labels: Array, images: Array, batch: int, shift: int = 0) -> list[dict[str, Tensor]]:
    return [
        {
            "boxes": torch.from_numpy(boxes[images == image]),
            "labels": torch.from_numpy(labels[images == image]).long() + shift,
        }
        for image in range(batch)
    ]


def _losses(losses: dict[str, Tensor], leaves: dict[str, Tensor]) -> Outputs:
    total = torch.stack(list(losses.values())).sum()
    gradients = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
    found: Outputs = {f"loss_{LOSSES[name]}": loss.detach().numpy() for name, loss in losses.items()}
    for (name, leaf), gradient in zip(leaves.items(), gradients, strict=True):
        found[f"gradient_{name}"] = (torch.zeros_like(leaf) if gradient is None else gradient).numpy()
    return found


def _numbered(matches: Sequence[Tensor], images: Array) -> Array:
    """Turns the k-th object of each image into the object's place in the list."""
    rows = []
    for image, match in enumerate(matches):
        own = np.concatenate((np.flatnonzero(images == image), [-2, -1]))
        rows.append(own[match.numpy()])
    return np.array(rows)


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
    """RetinaNet's matcher and its `compute_loss`."""
    if convention != "torchvision" or len(ignore_boxes):
        raise NotImplementedError(f"another convention: {convention}")
    del ignore_images, canvas, beta, stds
    classes = class_logits.shape[2]
    head = RetinaNetHead(8, 9, classes)
    head.regression_head._loss_type = box_loss
    model = RetinaNet(_Backbone(), classes, anchor_generator=_anchor_generator(strides), head=head)
    rows = _rows(boxes, labels, images, len(codes))
    places = torch.from_numpy(anchors)
    matches = [
        model.proposal_matcher(box_iou(row["boxes"], places))
        if len(row["boxes"])
        else torch.full((len(places),), model.proposal_matcher.BELOW_LOW_THRESHOLD)
        for row in rows
    ]
    leaves = {"class_logits": torch.from_numpy(class_logits).requires_grad_()}
    leaves["codes"] = torch.from_numpy(codes).requires_grad_()
    outputs = {"cls_logits": leaves["class_logits"], "bbox_regression": leaves["codes"]}
    found = model.compute_loss(rows, outputs, [places] * len(rows))
    return {"matched": _numbered(matches, images), **_losses(found, leaves)}


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
    """SSD's matcher and its `compute_loss`; which negatives it chose cannot be asked."""
    if convention != "torchvision":
        raise NotImplementedError(f"another convention: {convention}")
    del cells, scales, ratios
    model = SSD(
        _Backbone(),
        DefaultBoxGenerator([[2]]),
        (canvas[0], canvas[1]),
        class_logits.shape[2],
        head=nn.Module(),
        iou_thresh=threshold,
        positive_fraction=1 / (1 + negatives_per_positive),
    )
    rows = _rows(boxes, labels, images, len(codes), shift=1)
    places = _corners(priors)
    matches = [
        model.proposal_matcher(box_iou(row["boxes"], places)) if len(row["boxes"]) else torch.full((len(places),), -1)
        for row in rows
    ]
    leaves = {"class_logits": torch.from_numpy(class_logits).requires_grad_()}
    leaves["codes"] = torch.from_numpy(codes).requires_grad_()
    outputs = {"cls_logits": leaves["class_logits"], "bbox_regression": leaves["codes"]}
    found = model.compute_loss(rows, outputs, [places] * len(rows), matches)
    return {"matched": _numbered(matches, images), **_losses(found, leaves)}


def fcos(
    class_logits: Array,
    codes: Array,
    centreness_logits: Array,
    points: Array,
    point_strides: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    canvas: Sequence[int],
    strides: Sequence[int],
    radius: float | None,
) -> Outputs:
    """FCOS's `compute_loss`, and the matches that it hands on to its head."""
    del canvas
    head = FCOSHead(8, 1, class_logits.shape[2], num_convs=0)
    generator = AnchorGenerator(tuple((stride,) for stride in strides), ((1.0,),) * len(strides))
    model = FCOS(_Backbone(), class_logits.shape[2], anchor_generator=generator, head=head)
    model.center_sampling_radius = float("inf") if radius is None else radius
    matches: list[Tensor] = []
    right: Callable[..., dict[str, Tensor]] = head.compute_loss

    def listen(targets: Any, outputs: Any, anchors: Any, matched: list[Tensor]) -> dict[str, Tensor]:
        matches.extend(matched)
        return right(targets, outputs, anchors, matched)

    head.compute_loss = listen
    arrays = {"class_logits": class_logits, "codes": codes, "centreness_logits": centreness_logits}
    leaves = {name: torch.from_numpy(array).requires_grad_() for name, array in arrays.items()}
    outputs = {"cls_logits": leaves["class_logits"], "bbox_regression": leaves["codes"]}
    outputs["bbox_ctrness"] = leaves["centreness_logits"].unsqueeze(2)
    places = _corners(np.concatenate((points, point_strides[:, None], point_strides[:, None]), axis=1))
    counts = [int((point_strides == stride).sum()) for stride in strides]
    found = model.compute_loss(_rows(boxes, labels, images, len(codes)), outputs, [places] * len(codes), counts)
    return {"matched": _numbered(matches, images), **_losses(found, leaves)}
