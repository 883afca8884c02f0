"""Connects boxwright's criterion of FCOS with the suite, and ATSS in it."""

from collections.abc import Sequence

from boxwright.assigners import AtssAssigner
from boxwright.coders import DeltaCoder, LtrbCoder
from boxwright.criterion import BoxRegressionTerm, CentrenessTerm, ClassificationTerm, Criterion, fcos_criterion
from boxwright.losses import OverlapLoss, PriorFocalLoss
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.reducers import ByQuality
from boxwright.structures import Predictions, Priors, Targets
from conformance.adapters.boxwright_criteria import Outputs, answer_of, dense_of, leaves_of, targets_of
from conformance.case import Array


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
    """The criterion of the system."""
    del points, point_strides
    priors = PointGrid(tuple(strides))((canvas[0], canvas[1]))
    targets = targets_of(boxes, labels, images, len(codes))
    return _answer(class_logits, codes, centreness_logits, priors, targets, fcos_criterion(radius=radius))


def atss(
    class_logits: Array,
    codes: Array,
    centreness_logits: Array,
    anchors: Array,
    anchor_strides: Array,
    boxes: Array,
    labels: Array,
    images: Array,
    canvas: Sequence[int],
    strides: Sequence[int],
    nearest: int,
    coding: str,
    stds: Sequence[float],
) -> Outputs:
    """FCOS with the assigner of ATSS, on points where codes are distances, on anchors where they are deltas."""
    del anchors, anchor_strides
    targets = targets_of(boxes, labels, images, len(codes))
    squares = tuple(((8.0 * stride, 8.0 * stride),) for stride in strides)
    grid, coder = (
        (PointGrid(tuple(strides)), LtrbCoder())
        if coding == "distances"
        else (AnchorGrid(squares, tuple(strides)), DeltaCoder(stds=(stds[0], stds[1], stds[2], stds[3])))
    )
    terms = (
        ClassificationTerm(gain=1.0, loss=PriorFocalLoss(2.0, 0.25), reducer=ByQuality()),
        BoxRegressionTerm(coder.decode, gain=1.0, loss=OverlapLoss("giou"), reducer=ByQuality()),
        CentrenessTerm(),
    )
    criterion = Criterion(AtssAssigner(nearest), coder.decode, terms, times_batch_size=False)
    return _answer(class_logits, codes, centreness_logits, grid((canvas[0], canvas[1])), targets, criterion)


def _answer(
    class_logits: Array, codes: Array, centreness_logits: Array, priors: Priors, targets: Targets, criterion: Criterion
) -> Outputs:
    leaves = leaves_of(class_logits=class_logits, codes=codes, centreness_logits=centreness_logits)
    further = {"centreness": leaves["centreness_logits"].unsqueeze(2)}
    predictions = Predictions.from_dense(leaves["class_logits"], leaves["codes"], priors, further=further)
    found = answer_of(criterion, predictions, priors, targets, leaves)
    return {"matched": dense_of(found.pop("assignment"), codes.shape[:2]), **found}
