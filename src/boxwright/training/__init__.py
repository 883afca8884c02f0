"""Training a system on a data set."""

from boxwright.settings.options import AugmentationOptions, OptimizationOptions
from boxwright.settings.training import TrainingSettings
from boxwright.training.command import TrainingResult, train

__all__ = [
    "AugmentationOptions",
    "OptimizationOptions",
    "TrainingResult",
    "TrainingSettings",
    "train",
]
