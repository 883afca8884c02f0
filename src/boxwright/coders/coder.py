"""What every coder is."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class Encoder(Protocol):
    """The half of a coder that writes a box as numbers."""

    def encode(self, *, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs _"]:
        """Gives the codes of boxes.

        Args:
            boxes: xyxy in canvas pixels.
            priors: cxcywh and stride in canvas pixels, as `Priors.rows` gives them.
        """
        ...


@runtime_checkable
class Coder(Encoder, Protocol):
    """Writes a box as numbers and reads it back; all parts call it in canvas pixels."""

    def decode(self, *, codes: Float[Tensor, "pairs _"], priors: Float[Tensor, "pairs _"]) -> Float[Tensor, "pairs 4"]:
        """Gives xyxy boxes in canvas pixels.

        Args:
            codes: What the head predicts.
            priors: cxcywh and stride in canvas pixels, as `Priors.rows` gives them.
        """
        ...
