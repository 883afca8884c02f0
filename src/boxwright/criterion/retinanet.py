"""The criterion of RetinaNet, in our choices and in those of two published implementations."""

from boxwright.assigners.assigner import Assigner
from boxwright.assigners.max_iou import MaxIouAssigner
from boxwright.coders.coder import Coder
from boxwright.coders.delta import DeltaCoder
from boxwright.criterion.box_regression import BoxRegressionTerm
from boxwright.criterion.classification import ClassificationTerm
from boxwright.criterion.code_regression import CodeRegressionTerm
from boxwright.criterion.criterion import Criterion
from boxwright.criterion.term import Reducer, Term
from boxwright.errors import unknown_name
from boxwright.losses.overlap import OVERLAPS, OverlapLoss
from boxwright.losses.prior_focal import PriorFocalLoss
from boxwright.losses.smooth_l1 import L1, CodeLoss, SmoothL1
from boxwright.reducers.by_positives import ByPositives, BySamples
from boxwright.reducers.per_image import PerImageMean
from boxwright.samplers.keep_all import KeepAll
from boxwright.samplers.sampler import Sampler

# Positive from an IoU of 0.5, background below 0.4, ignored between; every target claims its best
# anchors at an IoU above 0, and may lose them to one that overlaps them more. Ours ignores an anchor of which more than
# half the area lies in one ignored region; the others take such regions for background.
_ASSIGNERS: dict[str, MaxIouAssigner] = {
    "default": MaxIouAssigner(positive=0.5, negative=0.4, forced="best", ignore_share=0.5),
    "mmdetection": MaxIouAssigner(forced="last", ignore_share=None, ignored_may_match=False),
    "torchvision": MaxIouAssigner(forced="restore", ignore_share=None),
}
RETINANET_DIALECTS = tuple(_ASSIGNERS)
"""Ours, and whose assignment, coder and normaliser are reproduced."""


def retinanet_assigner(dialect: str = "default") -> MaxIouAssigner:
    """Gives the assigner of a dialect.

    Published code, with the settings of RetinaNet, takes ignored regions for background; its dialects do so too.

    Args:
        dialect: One of `RETINANET_DIALECTS`.

    Raises:
        ConfigError: The dialect is unknown.
    """
    if dialect not in _ASSIGNERS:
        raise unknown_name("dialect", dialect, _ASSIGNERS)
    return _ASSIGNERS[dialect]


def retinanet_coder(dialect: str = "default") -> DeltaCoder:
    """Gives the coder of a dialect; torchvision's does not clamp small ratios.

    Args:
        dialect: One of `RETINANET_DIALECTS`.

    Raises:
        ConfigError: The dialect is unknown.
    """
    retinanet_assigner(dialect)
    return DeltaCoder(clamp="upper" if dialect == "torchvision" else "both")


def retinanet_criterion(
    *,
    dialect: str = "default",
    assigner: Assigner | None = None,
    coder: Coder | None = None,
    sampler: Sampler | None = None,
    box_loss: str = "l1",
    beta: float = 1 / 9,
    box_gain: float = 1.0,
    class_gain: float = 1.0,
    focal_gamma: float = 2.0,
    focal_alpha: float = 0.25,
    positive_weight: float = 1.0,
    average_over_ranks: bool = True,
) -> Criterion:
    """Assembles the losses "class" and "box".

    The losses of all images are divided by one number, see `ByPositives` (with a sampler `BySamples`); in the dialect
    "torchvision" each image by its own, see `PerImageMean`.

    Args:
        dialect: One of `RETINANET_DIALECTS`.
        assigner: In place of that of the dialect.
        coder: In place of that of the dialect.
        sampler: Which priors count; all if left out.
        box_loss: Of codes, "l1" or "smooth_l1"; or of decoded boxes, a kind of `OverlapLoss`.
        beta: Of "smooth_l1".
        box_gain: Weight of the box loss.
        class_gain: Weight of the class loss.
        focal_gamma: Exponent of the focal loss.
        focal_alpha: Weight of positives in the focal loss; negatives have 1 − alpha.
        positive_weight: Factor of the class loss of positives.
        average_over_ranks: Whether the processes of a distributed training share one divisor (not in "torchvision").

    Raises:
        ConfigError: A name is unknown, or a value out of its range.
    """
    coder = retinanet_coder(dialect) if coder is None else coder
    reducer = _reducer(dialect, has_sampler=sampler is not None, average_over_ranks=average_over_ranks)
    classification = ClassificationTerm(
        loss=PriorFocalLoss(focal_gamma, focal_alpha),
        reducer=reducer,
        gain=class_gain,
        positive_weight=positive_weight,
    )
    return Criterion(
        assigner=retinanet_assigner(dialect) if assigner is None else assigner,
        decode=coder.decode,
        terms=(classification, _box_term(box_loss, coder, box_gain, beta, reducer)),
        sampler=KeepAll() if sampler is None else sampler,
        times_batch_size=False,
        reaches=getattr(coder, "reaches", None),
    )


def _reducer(dialect: str, *, has_sampler: bool, average_over_ranks: bool) -> Reducer:
    if dialect == "torchvision":
        return PerImageMean()
    if has_sampler:
        return BySamples(average_over_ranks=average_over_ranks)
    return ByPositives(average_over_ranks=average_over_ranks)


def _box_term(kind: str, coder: Coder, gain: float, beta: float, reducer: Reducer) -> Term:
    if kind in OVERLAPS:
        return BoxRegressionTerm(coder.decode, loss=OverlapLoss(kind), reducer=reducer, gain=gain)
    losses: dict[str, CodeLoss] = {"l1": L1(), "smooth_l1": SmoothL1(beta)}
    if kind not in losses:
        raise unknown_name("box loss", kind, (*losses, *OVERLAPS))
    return CodeRegressionTerm(coder, loss=losses[kind], reducer=reducer, gain=gain)
