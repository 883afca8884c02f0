"""Training a system on a data set, and measuring what came out."""

from boxwright.settings.options import AugmentationOptions, OptimizationOptions
from boxwright.settings.training import TrainingSettings
from boxwright.training.auto_anchor import AnchorReport, anchors
from boxwright.training.doctor import doctor
from boxwright.training.evaluate import evaluate
from boxwright.training.prior_overlap import PriorOverlap, prior_overlap
from boxwright.training.train import TrainingResult, train

__all__ = [
    "AnchorReport",
    "AugmentationOptions",
    "OptimizationOptions",
    "PriorOverlap",
    "TrainingResult",
    "TrainingSettings",
    "anchors",
    "doctor",
    "evaluate",
    "prior_overlap",
    "train",
]
