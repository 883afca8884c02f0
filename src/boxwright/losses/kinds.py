"""What each kind of loss is called with; a term takes any callable of its kind."""

from typing import Protocol, runtime_checkable

from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.log_scores import LogScores
from boxwright.structures.targets import Targets


@runtime_checkable
class PriorLoss(Protocol):
    """Costs every prior by its logits, against the soft labels of the pairs."""

    def __call__(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
        /,
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of every prior, summed over its values, in float32 or wider.

        Args:
            logits: Level blocks.
            image: Image of each pair.
            prior: Prior of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
        """
        ...


@runtime_checkable
class CountedPriorLoss(Protocol):
    """A softmax loss that can charge few priors at the cost of these, from scores that a sampler has needed already."""

    def of_counted(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
        counted: Bool[Tensor, "batch priors"],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
        scores: LogScores,
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of the counted priors and 0 for the others."""
        ...


@runtime_checkable
class BoxLoss(Protocol):
    """Costs every pair by its decoded box."""

    def __call__(
        self, boxes: Float[Tensor, "pairs 4"], target_boxes: Float[Tensor, "pairs 4"], /
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair.

        Args:
            boxes: Predicted, xyxy in strides.
            target_boxes: xyxy in strides; not differentiated.
        """
        ...


@runtime_checkable
class PixelBoxLoss(Protocol):
    """Costs every pair by its decoded box, where the unit matters: in canvas pixels, and on a canvas."""

    def of_pixels(
        self,
        boxes: Float[Tensor, "pairs 4"],
        target_boxes: Float[Tensor, "pairs 4"],
        canvas_size: tuple[int, int],
        /,
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair.

        Args:
            boxes: Predicted, xyxy in canvas pixels.
            target_boxes: xyxy in canvas pixels; not differentiated.
            canvas_size: Height and width in pixels.
        """
        ...


@runtime_checkable
class DistanceLoss(Protocol):
    """Costs every pair by its binned distances."""

    def __call__(
        self, codes: Float[Tensor, "pairs code"], distances: Float[Tensor, "pairs 4"], /
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair.

        Args:
            codes: Logits, four sides times the bins, side-major.
            distances: True distances in strides.
        """
        ...


@runtime_checkable
class InstanceLoss(Protocol):
    """Costs every pair by its mask."""

    def __call__(
        self,
        coefficients: Float[Tensor, "pairs prototypes"],
        prototypes: Float[Tensor, "batch prototypes _rows _columns"],
        target: Int64[Tensor, "pairs"],
        targets: Targets,
        /,
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair.

        Args:
            coefficients: Of the pairs.
            prototypes: Of the whole canvas.
            target: Row of the targets of each pair.
            targets: Boxes and masks.
        """
        ...
