"""Assign, sample, and turn pairs into named losses."""

from boxwright.criterion.attribution import Attribution, Outcome
from boxwright.criterion.box_regression import BoxRegressionTerm
from boxwright.criterion.centreness import CentrenessTerm
from boxwright.criterion.classification import ClassificationTerm
from boxwright.criterion.code_regression import CodeRegressionTerm
from boxwright.criterion.criterion import Criterion
from boxwright.criterion.criterion_like import CriterionLike
from boxwright.criterion.dense_targets import AnchorTargets, anchor_targets, unmap
from boxwright.criterion.distribution import DistributionTerm
from boxwright.criterion.dual import DualCriterion
from boxwright.criterion.fcos import FCOS_DIALECTS, fcos_assigner, fcos_criterion
from boxwright.criterion.level_balance import LevelBalance
from boxwright.criterion.mask import MaskTerm
from boxwright.criterion.matches import Matches
from boxwright.criterion.objectness import ObjectnessTerm
from boxwright.criterion.pair_classification import PairClassificationTerm
from boxwright.criterion.retinanet import (
    RETINANET_DIALECTS,
    retinanet_assigner,
    retinanet_coder,
    retinanet_criterion,
)
from boxwright.criterion.softmax_classification import SoftmaxClassificationTerm
from boxwright.criterion.ssd import SSD_DIALECTS, ssd_coder, ssd_criterion
from boxwright.criterion.state import Stateful
from boxwright.criterion.term import AttributableTerm, RankingTerm, Reducer, Term
from boxwright.criterion.yolov5 import YOLOv5Gains, yolov5_balance, yolov5_criterion, yolov5_gains
from boxwright.criterion.yolov8 import yolov8_criterion, yolov8_e2e_criterion, yolov8_seg_criterion

__all__ = [
    "FCOS_DIALECTS",
    "RETINANET_DIALECTS",
    "SSD_DIALECTS",
    "AnchorTargets",
    "AttributableTerm",
    "Attribution",
    "BoxRegressionTerm",
    "CentrenessTerm",
    "ClassificationTerm",
    "CodeRegressionTerm",
    "Criterion",
    "CriterionLike",
    "DistributionTerm",
    "DualCriterion",
    "LevelBalance",
    "MaskTerm",
    "Matches",
    "ObjectnessTerm",
    "Outcome",
    "PairClassificationTerm",
    "RankingTerm",
    "Reducer",
    "SoftmaxClassificationTerm",
    "Stateful",
    "Term",
    "YOLOv5Gains",
    "anchor_targets",
    "fcos_assigner",
    "fcos_criterion",
    "retinanet_assigner",
    "retinanet_coder",
    "retinanet_criterion",
    "ssd_coder",
    "ssd_criterion",
    "unmap",
    "yolov5_balance",
    "yolov5_criterion",
    "yolov5_gains",
    "yolov8_criterion",
    "yolov8_e2e_criterion",
    "yolov8_seg_criterion",
]
