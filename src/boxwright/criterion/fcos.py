"""The criterion of FCOS, and how torchvision's differs."""

from boxwright.assigners.fcos import FcosAssigner
from boxwright.coders.ltrb import LtrbCoder
from boxwright.criterion.box_regression import BoxRegressionTerm
from boxwright.criterion.centreness import CentrenessTerm
from boxwright.criterion.classification import ClassificationTerm
from boxwright.criterion.criterion import Criterion
from boxwright.errors import unknown_name
from boxwright.losses.overlap import OVERLAPS, OverlapLoss
from boxwright.losses.prior_focal import PriorFocalLoss
from boxwright.losses.soft_label import SoftLabelCrossEntropy
from boxwright.reducers.by_quality import ByQuality
from boxwright.samplers.keep_all import KeepAll

FCOS_DIALECTS = ("default", "torchvision")
"""The paper's, and whose bounds of levels and comparison of areas are reproduced."""


def fcos_assigner(dialect: str = "default", *, radius: float | None = 1.5, guarantee: bool = False) -> FcosAssigner:
    """Gives the assigner of a dialect.

    Args:
        dialect: One of `FCOS_DIALECTS`.
        radius: See `FcosAssigner`.
        guarantee: See `FcosAssigner`.

    Raises:
        ConfigError: The dialect is unknown, or the radius is out of range.
    """
    if dialect not in FCOS_DIALECTS:
        raise unknown_name("dialect", dialect, FCOS_DIALECTS)
    is_own = dialect == "default"
    return FcosAssigner(
        radius=radius,
        least=4.0,
        most=8.0,
        guarantee=guarantee,
        bound="coarser" if is_own else "neither",
        area_limit=None if is_own else 1e8,
    )


def fcos_criterion(
    *,
    dialect: str = "default",
    radius: float | None = 1.5,
    guarantee: bool = False,
    box_loss: str = "giou",
    focal_gamma: float = 2.0,
    focal_alpha: float = 0.25,
) -> Criterion:
    """Assembles the losses "class", "box" and "centreness".

    Each is a sum, over all priors or over the pairs, divided by the number of pairs of the batch, at least 1.

    Source: FCOS, Tian et al. 2019, eq. 2 and 3; GIoU as in its version of 2020.

    Args:
        dialect: One of `FCOS_DIALECTS`.
        radius: See `FcosAssigner`.
        guarantee: See `FcosAssigner`.
        box_loss: A kind of `OverlapLoss`.
        focal_gamma: Exponent of the focal loss.
        focal_alpha: Weight of positives in the focal loss; negatives have 1 − alpha.

    Raises:
        ConfigError: A name is unknown, or a value out of its range.
    """
    if box_loss not in OVERLAPS:
        raise unknown_name("box loss", box_loss, OVERLAPS)
    decode = LtrbCoder().decode
    return Criterion(
        assigner=fcos_assigner(dialect, radius=radius, guarantee=guarantee),
        decode=decode,
        terms=(
            # every quality is 1, so all three are divided by the number of pairs
            ClassificationTerm(loss=PriorFocalLoss(focal_gamma, focal_alpha), reducer=ByQuality(), gain=1.0),
            BoxRegressionTerm(decode, loss=OverlapLoss(box_loss), reducer=ByQuality(), gain=1.0),
            CentrenessTerm(loss=SoftLabelCrossEntropy(), reducer=ByQuality(), gain=1.0),
        ),
        sampler=KeepAll(),
        times_batch_size=False,
        reaches=None,
    )
