"""The criteria of YOLOv8 and YOLOv8-seg, of the current release and of earlier ones."""

from dataclasses import replace

from boxwright.assigners.task_aligned import task_aligned_assigner
from boxwright.coders.distribution import DistributionCoder
from boxwright.criterion.box_regression import BoxRegressionTerm
from boxwright.criterion.classification import ClassificationTerm
from boxwright.criterion.criterion import Criterion
from boxwright.criterion.distribution import DistributionTerm
from boxwright.criterion.dual import DualCriterion
from boxwright.criterion.mask import MaskTerm
from boxwright.criterion.term import Term
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.distribution_focal import DistributionFocalLoss
from boxwright.losses.mask import MaskLoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.reducers.by_quality import ByQuality
from boxwright.reducers.pair_mean import PairMean
from boxwright.reducers.per_image import PerImageMean
from boxwright.samplers.keep_all import KeepAll

# Releases whose masks meet at the resolution of the prototypes, and the one that averages over images.
AT_PROTOTYPES = ("early", "mid")
OVER_IMAGES = ("early",)


def yolov8_criterion(*, dialect: str = "current", guarantee: bool = False, reg_max: int = 16) -> Criterion:
    """Assembles the losses "box", "class" and "dfl".

    Each is divided by the summed quality of the batch, at least 1, and multiplied by the number of images, which the
    published learning rates expect. A pair counts by its quality in the losses of boxes; in the class loss the quality
    is the label.

    Args:
        dialect: Release whose assignment is followed, see `TASK_ALIGNED_DIALECTS`.
        guarantee: Whether every target gets at least one positive, which the published system does not promise.
        reg_max: Bins of one distance.

    Raises:
        ConfigError: The dialect is unknown.
    """
    return _criterion(DistributionCoder(reg_max), dialect, guarantee, ())


def yolov8_e2e_criterion(*, dialect: str = "current", guarantee: bool = False, reg_max: int = 16) -> DualCriterion:
    """Assembles the losses of `yolov8_criterion` for the head for many points per object, and for that for one.

    Both assign by the same alignment, the head for one point to the best point of every object (in published words, the
    metrics are consistent). The losses of that head are called "one_box", "one_class" and "one_dfl".

    Source: YOLOv10, Wang et al. 2024, sec. 3.1.

    Args:
        dialect: As in `yolov8_criterion`.
        guarantee: As in `yolov8_criterion`, for both.
        reg_max: As in `yolov8_criterion`.

    Raises:
        ConfigError: The dialect is unknown.
    """
    many = yolov8_criterion(dialect=dialect, guarantee=guarantee, reg_max=reg_max)
    assigner = replace(task_aligned_assigner(dialect, guarantee=guarantee), topk=1)
    return DualCriterion(many=many, one=replace(many, assigner=assigner))


def yolov8_seg_criterion(
    *, dialect: str = "current", guarantee: bool = False, reg_max: int = 16, overlap_map: bool = False
) -> Criterion:
    """Assembles the losses of `yolov8_criterion`, and "mask".

    The mask loss is divided by the number of pairs, at least 1 ("early": image by image), and every pair counts alike,
    whatever its quality, as published. Masks meet at the resolution of the true ones ("early" and "mid": of the
    prototypes); what a pair costs is divided by the area of its box, see `MaskLoss`.

    Args:
        dialect: Release whose assignment and mask loss are followed, see `TASK_ALIGNED_DIALECTS`.
        guarantee: As in `yolov8_criterion`.
        reg_max: As in `yolov8_criterion`.
        overlap_map: Whether a pixel that several objects share belongs to the smallest one only.

    Raises:
        ConfigError: The dialect is unknown.
    """
    masks = MaskTerm(
        loss=MaskLoss(
            resolution="prototypes" if dialect in AT_PROTOTYPES else "masks",
            encoding="index_map" if overlap_map else "instances",
        ),
        reducer=PerImageMean() if dialect in OVER_IMAGES else PairMean(),
        gain=7.5,
        is_weighted=False,
    )
    return _criterion(DistributionCoder(reg_max), dialect, guarantee, (masks,))


def _criterion(coder: DistributionCoder, dialect: str, guarantee: bool, further: tuple[Term, ...]) -> Criterion:
    return Criterion(
        assigner=task_aligned_assigner(dialect, guarantee=guarantee),  # the 10 best of score^0.5 · CIoU^6
        decode=coder.decode,
        terms=(
            # "box" and "dfl" count a pair by its weight, which is its quality here
            BoxRegressionTerm(coder.decode, loss=OverlapLoss("ciou"), reducer=ByQuality(), gain=7.5),
            ClassificationTerm(loss=BinaryCrossEntropy(), reducer=ByQuality(), gain=0.5),
            DistributionTerm(coder, loss=DistributionFocalLoss(), reducer=ByQuality(), gain=1.5),
            *further,
        ),
        sampler=KeepAll(),
        times_batch_size=True,
        reaches=coder.reaches,
    )
