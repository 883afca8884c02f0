"""A detector with everything that gives its numbers a meaning."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch

from boxwright.criterion import CriterionLike
from boxwright.geometry.letterbox import Fit
from boxwright.models import Detector, Normalization
from boxwright.postprocessing import Postprocessor
from boxwright.settings.recipe import Recipe
from boxwright.structures import Priors

Start = Callable[[Detector], str]
"""Puts published weights into a new detector and says whose they are."""

PriorGenerator = Callable[[tuple[int, int], torch.device | str], Priors]


@dataclass(frozen=True, slots=True)
class System:
    """One published system, assembled; a part is exchanged by `dataclasses.replace`.

    Args:
        name: In the catalogue, for instance "yolov8n".
        num_classes: Number of categories.
        detector: The network.
        prior_generator: Canvas size and device → priors.
        criterion: Predictions, priors and targets → weighted scalars by name; the loss is their sum.
        postprocessor: Predictions → detections.
        normalization: Bytes → what the network wants.
        max_stride: Sides of the canvas must be multiples of this.
        recipe: Training defaults.
        mask_stride: Canvas pixels per pixel of the true masks that the criterion reads; None for a system without
            masks.
        options: What else the catalogue's builder was given; plain values, so that a model file can hold them.
        fit: How an image lies in the canvas, in training, evaluation and prediction.
        start: Puts published weights into a new detector, before a training that does not start from a model file;
            None starts from random ones.
        has_one_canvas: Whether both sides of the canvas must be `max_stride`.
        finds_once: Whether the network finds every object once, so that nothing is suppressed in one look at an image.
        parts: Which parts were exchanged by name, see `with_parts`: role → {"name": …, option: …}; plain values.
    """

    name: str
    num_classes: int
    detector: Detector
    prior_generator: PriorGenerator
    criterion: CriterionLike
    postprocessor: Postprocessor
    normalization: Normalization
    max_stride: int
    recipe: Recipe
    mask_stride: int | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    fit: Fit = "centre"
    start: Start | None = None
    has_one_canvas: bool = False
    finds_once: bool = False
    parts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
