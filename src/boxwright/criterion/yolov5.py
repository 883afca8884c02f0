"""The criterion of YOLOv5: its terms, and the gains that go with levels, classes and canvas."""

from dataclasses import dataclass
from typing import Literal

from boxwright.assigners.shape_ratio import ShapeRatioAssigner
from boxwright.coders.sigmoid_offset import SigmoidOffsetCoder
from boxwright.criterion.box_regression import BoxRegressionTerm
from boxwright.criterion.criterion import Criterion
from boxwright.criterion.level_balance import LevelBalance
from boxwright.criterion.objectness import ObjectnessTerm
from boxwright.criterion.pair_classification import PairClassificationTerm
from boxwright.errors import ConfigError
from boxwright.geometry.overlaps import aligned_exact_ciou
from boxwright.losses.against_background import AgainstBackground
from boxwright.losses.binary_cross_entropy import BinaryCrossEntropy
from boxwright.losses.focal import FocalLoss
from boxwright.losses.kinds import PriorLoss
from boxwright.losses.overlap import OverlapLoss
from boxwright.losses.soft_label import SoftLabelCrossEntropy, SoftLabelLoss
from boxwright.reducers.per_level import PerLevelMean
from boxwright.samplers.keep_all import KeepAll

GAIN_CANVAS = (640, 640)
"""Canvas on which the published gain of objectness counts as it is."""
_CODER = SigmoidOffsetCoder()
_THREE_LEVELS = (4.0, 1.0, 0.4)
_MORE_LEVELS = (4.0, 1.0, 0.25, 0.06, 0.02)


@dataclass(frozen=True, slots=True)
class YOLOv5Gains:
    """The weights of the three terms."""

    box: float
    classification: float
    objectness: float


def yolov5_gains(num_levels: int, num_classes: int, canvas_size: tuple[int, int] = GAIN_CANVAS) -> YOLOv5Gains:
    """Scales the published gains, which are meant for 3 levels, 80 classes and a canvas of 640 × 640.

    Losses are summed over levels, so each gain has the factor 3 / levels. The class loss is a mean over classes, of
    which one is the object's: classes / 80. The objectness loss is a mean over all priors, and a small canvas has more
    objects per prior: area / 640².

    box = 0.05 · 3 / levels; classification = 0.5 · classes / 80 · 3 / levels; objectness = area / 640² · 3 / levels.

    Source: Jocher et al., YOLOv5 (software, 2020); for canvases that are not square we take the area.

    Args:
        num_levels: Levels of the network, at least 1.
        num_classes: Number of categories, at least 1.
        canvas_size: Height and width in pixels.
    """
    per_level = 3 / num_levels
    area = canvas_size[0] * canvas_size[1] / (GAIN_CANVAS[0] * GAIN_CANVAS[1])
    return YOLOv5Gains(0.05 * per_level, 0.5 * num_classes / 80 * per_level, area * per_level)


def yolov5_criterion(
    num_classes: int,
    *,
    strides: tuple[int, ...] = (8, 16, 32),
    canvas_size: tuple[int, int] | None = None,
    gains: YOLOv5Gains | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
    class_positive_weight: float = 1.0,
    objectness_positive_weight: float = 1.0,
    autobalance: bool = False,
    anchor_threshold: float = 4.0,
    duplicates: Literal["largest", "last"] = "largest",
    repeats: bool = False,
) -> Criterion:
    """Assembles the losses "box", "objectness" and, for more than one class, "class".

    "box" and "class" are means over the pairs of a level, "objectness" over all its priors; levels are summed, and all
    is multiplied by the number of images, which the published learning rates expect. The label of objectness is the
    CIoU with exact heights of the predicted box, not below 0 and not differentiated.

    Args:
        num_classes: Number of categories.
        strides: Of the levels, finest first.
        canvas_size: Height and width that the gain of objectness is computed for; None: those of each call.
        gains: In place of `yolov5_gains`, for every canvas.
        label_smoothing: How much of a class label is spread, 0 to 1.
        focal_gamma: Exponent of `FocalLoss` for objectness and classes; 0: plain cross-entropy.
        class_positive_weight: Weight of the positive part of the class loss.
        objectness_positive_weight: Weight of the positive part of the objectness loss.
        autobalance: Whether the weights of the levels follow their losses, see `LevelBalance`.
        anchor_threshold: See `ShapeRatioAssigner`.
        duplicates: See `ObjectnessTerm`; "last" is what published code does on a CPU.
        repeats: See `ShapeRatioAssigner`; True is what published code does.

    Raises:
        ConfigError: A value is out of its range, or `autobalance` has no level of stride 16 to refer to.
    """
    weighed = gains or yolov5_gains(len(strides), num_classes, canvas_size or GAIN_CANVAS)
    box = BoxRegressionTerm(_CODER.decode, loss=OverlapLoss("exact_ciou"), reducer=PerLevelMean(), gain=weighed.box)
    objectness = ObjectnessTerm(
        _CODER.decode,
        loss=_objectness_loss(focal_gamma, objectness_positive_weight),
        overlap=aligned_exact_ciou,
        balance=yolov5_balance(strides, autobalance=autobalance),
        gain=weighed.objectness,
        gain_canvas=GAIN_CANVAS if gains is None and canvas_size is None else None,
        duplicates=duplicates,
    )
    class_loss = _soft_label_loss(focal_gamma, class_positive_weight)
    classification = _class_term(class_loss, weighed.classification, label_smoothing)
    return Criterion(
        assigner=ShapeRatioAssigner(anchor_threshold, repeats),
        decode=_CODER.decode,
        terms=(box, objectness, classification) if num_classes > 1 else (box, objectness),
        sampler=KeepAll(),
        times_batch_size=True,
        reaches=_CODER.reaches,
    )


def yolov5_balance(strides: tuple[int, ...] = (8, 16, 32), *, autobalance: bool = False) -> LevelBalance:
    """Gives the weights of the levels: 4, 1, 0.4 for three of them, else the first of 4, 1, 0.25, 0.06, 0.02.

    Args:
        strides: Of the levels, finest first, at most five.
        autobalance: Whether they follow the losses; the level of stride 16 then keeps the weight 1.

    Raises:
        ConfigError: There are more than five levels, or none of stride 16 to refer to.
    """
    if not 0 < len(strides) <= len(_MORE_LEVELS):
        raise ConfigError(f"Weights are known for 1 to {len(_MORE_LEVELS)} levels; found strides {strides}.")
    weights = _THREE_LEVELS if len(strides) == len(_THREE_LEVELS) else _MORE_LEVELS[: len(strides)]
    if autobalance and 16 not in strides:
        raise ConfigError(f"autobalance refers to the level of stride 16; found strides {strides}. Switch it off.")
    return LevelBalance(weights, is_moving=autobalance, reference=strides.index(16) if autobalance else 0)


def _class_term(loss: SoftLabelLoss, gain: float, label_smoothing: float) -> PairClassificationTerm:
    return PairClassificationTerm(loss=loss, reducer=PerLevelMean(), gain=gain, label_smoothing=label_smoothing)


def _soft_label_loss(focal_gamma: float, positive_weight: float) -> SoftLabelLoss:
    if focal_gamma == 0:
        return SoftLabelCrossEntropy(positive_weight)
    return FocalLoss(focal_gamma, positive_weight=positive_weight)


def _objectness_loss(focal_gamma: float, positive_weight: float) -> PriorLoss:
    if focal_gamma == 0 and positive_weight == 1:
        return BinaryCrossEntropy()
    return AgainstBackground(_soft_label_loss(focal_gamma, positive_weight))
