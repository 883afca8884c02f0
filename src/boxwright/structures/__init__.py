"""The values that travel between the parts."""

from boxwright.structures.assignment import Assignment
from boxwright.structures.batch import Batch
from boxwright.structures.detections import Detections
from boxwright.structures.ground_truth import GroundTruth
from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.instance_masks import InstanceMasks
from boxwright.structures.mask_predictions import MaskPredictions
from boxwright.structures.predictions import Predictions
from boxwright.structures.priors import LevelGrid, Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.sample import Sample
from boxwright.structures.targets import Targets
from boxwright.structures.verdicts import Reason, Verdicts

__all__ = [
    "Assignment",
    "Batch",
    "Detections",
    "GroundTruth",
    "ImageOrigin",
    "InstanceMasks",
    "LevelGrid",
    "MaskPredictions",
    "Predictions",
    "Priors",
    "Proposals",
    "Reason",
    "Sample",
    "Targets",
    "Verdicts",
]
