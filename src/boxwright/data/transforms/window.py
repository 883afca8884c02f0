"""A rectangle of the plane of an image: part of the image, or more than it."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool
from torch import Tensor

from boxwright.data.transforms.affine_map import Matrix, letterboxing, translation
from boxwright.data.transforms.composition import compose
from boxwright.geometry.letterbox import Fit, fit_letterbox
from boxwright.structures import Sample


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen of an image.

    `ZoomOut` and `IoUCrop` only choose a window, so that every source pixel is warped once, straight into the canvas.

    Args:
        left: First column, in pixels of the image; negative where there is a border.
        top: First row, likewise.
        size: Height and width in pixels of the image.
    """

    left: int
    top: int
    size: tuple[int, int]

    def to_canvas(self, canvas_size: tuple[int, int], fit: Fit = "centre") -> Matrix:
        """Gives the map from pixels of the image to pixels of the canvas.

        Args:
            canvas_size: Height and width in pixels.
            fit: How the window lies in the canvas.
        """
        return letterboxing(fit_letterbox(self.size, canvas_size, fit=fit)) @ translation(
            float(-self.left), float(-self.top)
        )

    def holds_centre(self, sample: Sample) -> Bool[Tensor, "targets"]:
        """Says which objects have their centre inside; ignored regions always count as if.

        Args:
            sample: The image that the window looks at.
        """
        centres = (sample.boxes[:, :2] + sample.boxes[:, 2:]) / 2 - torch.tensor([self.left, self.top])
        inside = (centres > 0) & (centres < torch.tensor(self.size[::-1]))
        return inside.all(dim=1) | sample.ignore

    def show(self, sample: Sample, canvas_size: tuple[int, int], matrix: Matrix) -> Sample:
        """Paints the canvas, with the objects whose centre the window holds.

        Args:
            sample: The image and its objects.
            canvas_size: Height and width of the result in pixels.
            matrix: From pixels of the image to pixels of the canvas.
        """
        keep = self.holds_centre(sample)
        kept = replace(
            sample,
            boxes=sample.boxes[keep],
            labels=sample.labels[keep],
            ignore=sample.ignore[keep],
            masks=None if sample.masks is None else sample.masks.rows(keep.nonzero().squeeze(1)),
            annotation=None if sample.annotation is None else sample.annotation[keep],
        )
        return compose([(kept, matrix)], canvas_size, replace(sample.origin, letterbox=None))


def whole(size: tuple[int, int]) -> Window:
    """Gives the window that shows an image as it is.

    Args:
        size: Height and width of the image in pixels.
    """
    return Window(0, 0, size)
