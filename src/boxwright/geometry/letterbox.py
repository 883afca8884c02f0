"""Fitting an image of any size into a canvas, and the way back for boxes."""

from dataclasses import dataclass
from typing import Literal, get_args

from jaxtyping import Float
from torch import Tensor

from boxwright.errors import ConfigError, ShapeError

Fit = Literal["centre", "corner", "stretch"]
"""How an image lies in a canvas: in its middle; in its top left corner; or filling it, sides scaled apart."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The map from original pixels to canvas pixels: ``canvas = original * scale + pad``.

    Args:
        scale: Canvas pixels per original pixel, (vertical, horizontal). The two differ by rounding only,
            unless the image was stretched.
        pad: Canvas pixels above and left of the image, (top, left).
        canvas_size: Height and width of the canvas in pixels.
    """

    scale: tuple[float, float]
    pad: tuple[float, float]
    canvas_size: tuple[int, int]

    def to_canvas(self, boxes: Float[Tensor, "boxes 4"]) -> Float[Tensor, "boxes 4"]:
        """Moves xyxy boxes from original pixels to canvas pixels, without clipping."""
        return boxes * self._scales(boxes) + self._pads(boxes)

    def to_original(self, boxes: Float[Tensor, "boxes 4"]) -> Float[Tensor, "boxes 4"]:
        """Moves xyxy boxes from canvas pixels to original pixels, without clipping."""
        return (boxes - self._pads(boxes)) / self._scales(boxes)

    def _scales(self, like: Tensor) -> Tensor:
        return like.new_tensor((self.scale[1], self.scale[0]) * 2)

    def _pads(self, like: Tensor) -> Tensor:
        return like.new_tensor((self.pad[1], self.pad[0]) * 2)


def fit_letterbox(
    size: tuple[int, int], canvas_size: tuple[int, int], *, enlarge: bool = True, fit: Fit = "centre"
) -> Letterbox:
    """Finds the largest placement of an image in a canvas that keeps its aspect ratio, or stretches it.

    The resized image has whole pixels, so its sides are rounded. In the centre the padding is split evenly, the odd
    pixel goes to the bottom and right; in the corner all of it does.

    Args:
        size: Height and width of the original image in pixels.
        canvas_size: Height and width of the canvas in pixels.
        enlarge: Whether a small image is scaled up to fill the canvas.
        fit: Where the image lies; "stretch" fills the canvas, whatever the aspect ratio and `enlarge`.

    Raises:
        ShapeError: A side is not positive.
        ConfigError: There is no such fit.
    """
    if fit not in get_args(Fit):
        raise ConfigError(f"fit must be one of {', '.join(get_args(Fit))}; found {fit!r}.")
    if min(*size, *canvas_size) <= 0:
        raise ShapeError(f"Letterbox needs positive sides; found image {size} and canvas {canvas_size}.")
    if fit == "stretch":
        return Letterbox((canvas_size[0] / size[0], canvas_size[1] / size[1]), (0.0, 0.0), canvas_size)
    ratio = min(canvas_size[0] / size[0], canvas_size[1] / size[1])
    if not enlarge:
        ratio = min(ratio, 1.0)
    height, width = (max(1, min(round(side * ratio), limit)) for side, limit in zip(size, canvas_size, strict=True))
    free = (canvas_size[0] - height, canvas_size[1] - width)
    pad = (float(free[0] // 2), float(free[1] // 2)) if fit == "centre" else (0.0, 0.0)
    return Letterbox((height / size[0], width / size[1]), pad, canvas_size)


def resized_size(letterbox: Letterbox, size: tuple[int, int]) -> tuple[int, int]:
    """Gives height and width in whole pixels of the resized image inside the canvas.

    Args:
        letterbox: The placement.
        size: Height and width of the original image in pixels.
    """
    return round(size[0] * letterbox.scale[0]), round(size[1] * letterbox.scale[1])


def pad_to_multiple(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """Rounds height and width up to the next multiple.

    Args:
        size: Height and width in pixels.
        multiple: Usually the largest stride of the network.
    """
    return -(-size[0] // multiple) * multiple, -(-size[1] // multiple) * multiple


def next_canvas(size: tuple[int, int], multiple: int, *, is_only: bool = False) -> tuple[int, int]:
    """Gives the least canvas that a network can work on and that is not smaller than a size, or its only one.

    Args:
        size: Height and width in pixels.
        multiple: The sides must be multiples of this.
        is_only: Whether both sides must be this.
    """
    if is_only:
        return multiple, multiple
    return pad_to_multiple((max(size[0], 1), max(size[1], 1)), multiple)


__all__ = ["Fit", "Letterbox", "fit_letterbox", "next_canvas", "pad_to_multiple", "resized_size"]
