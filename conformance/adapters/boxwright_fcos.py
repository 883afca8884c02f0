"""Connects boxwright's parts of FCOS and ATSS with the suite. There is no term of centreness: it is not answered."""

from collections.abc import Sequence

from boxwright.assigners import AtssAssigner, FcosAssigner
from boxwright.assigners.assigner import Assigner
from boxwright.coders import DeltaCoder, LtrbCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion
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
    """The assigner of FCOS, with the losses of a criterion put together from parts."""
    del centreness_logits, points, point_strides
    priors = PointGrid(tuple(strides))((canvas[0], canvas[1]))
    targets = targets_of(boxes, labels, images, len(codes))
    return _answer(class_logits, codes, priors, targets, FcosAssigner(radius), LtrbCoder())


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
    """The assigner of ATSS, on points where codes are distances and on anchors where they are deltas."""
    del centreness_logits, anchors, anchor_strides
    targets = targets_of(boxes, labels, images, len(codes))
    squares = tuple(((8.0 * stride, 8.0 * stride),) for stride in strides)
    grid, coder = (
        (PointGrid(tuple(strides)), LtrbCoder())
        if coding == "distances"
        else (AnchorGrid(squares, tuple(strides)), DeltaCoder(stds=(stds[0], stds[1], stds[2], stds[3])))
    )
    return _answer(class_logits, codes, grid((canvas[0], canvas[1])), targets, AtssAssigner(nearest), coder)


def _answer(
    class_logits: Array,
    codes: Array,
    priors: Priors,
    targets: Targets,
    assigner: Assigner,
    coder: LtrbCoder | DeltaCoder,
) -> Outputs:
    terms = (
        ClassificationTerm(gain=1.0, loss=PriorFocalLoss(2.0, 0.25), reducer=ByQuality()),
        BoxRegressionTerm(coder.decode, gain=1.0, loss=OverlapLoss("giou"), reducer=ByQuality()),
    )
    criterion = Criterion(assigner, coder.decode, terms, times_batch_size=False)
    leaves = leaves_of(class_logits=class_logits, codes=codes)
    predictions = Predictions.from_dense(leaves["class_logits"], leaves["codes"], priors)
    found = answer_of(criterion, predictions, priors, targets, leaves)
    return {"matched": dense_of(found.pop("assignment"), codes.shape[:2]), **found}
