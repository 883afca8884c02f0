"""Which anchors take part: those whose cell lies on the image, and those that do not reach beyond its border."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def usable_priors(
    priors: Priors, targets: Targets, *, allowed_border: float | None, size_multiple: int = 1
) -> Bool[Tensor, "batch priors"] | None:
    """Marks the priors that take part, None if all do.

    Args:
        priors: The priors of the canvas.
        targets: Their `image_sizes` say what of the canvas is image; without them all of it is.
        allowed_border: How far an anchor may reach beyond the image, in pixels; None: as far as it likes.
        size_multiple: Each image was padded to sides that are a multiple of this before it came into the batch.
    """
    sizes, flags = targets.image_sizes, None
    if sizes is not None:
        padded = sizes.add(size_multiple - 1).div(size_multiple, rounding_mode="floor") * size_multiple
        flags = priors_on_image(priors, padded)
    if allowed_border is None:
        return flags
    if sizes is None:
        sizes = torch.tensor(priors.canvas_size, device=priors.boxes.device).expand(targets.batch_size, 2)
    inside = priors_inside(priors, sizes, allowed_border)
    return inside if flags is None else flags & inside


def priors_on_image(priors: Priors, sizes: Int64[Tensor, "batch 2"]) -> Bool[Tensor, "batch priors"]:
    """Marks the priors of the first ceil(height / stride) rows and ceil(width / stride) columns of each level.

    Args:
        priors: The priors of the canvas.
        sizes: Height and width of each image in canvas pixels, its padding included.
    """
    levels = []
    for grid in priors.grids:
        rows, columns = (-(-sizes // grid.stride)).unbind(1)
        in_rows = torch.arange(grid.height, device=sizes.device) < rows.unsqueeze(1)
        in_columns = torch.arange(grid.width, device=sizes.device) < columns.unsqueeze(1)
        cells = (in_rows.unsqueeze(2) & in_columns.unsqueeze(1)).flatten(1)
        levels.append(cells.repeat_interleave(grid.priors_per_cell, dim=1))
    return torch.cat(levels, dim=1)


def priors_inside(priors: Priors, sizes: Int64[Tensor, "batch 2"], border: float) -> Bool[Tensor, "batch priors"]:
    """Marks the anchors with x1, y1 ≥ −border and x2 < width + border, y2 < height + border.

    Args:
        priors: The priors of the canvas.
        sizes: Height and width of each image in canvas pixels, without its padding.
        border: In pixels.
    """
    low = priors.boxes[:, :2] - priors.boxes[:, 2:] / 2
    high = priors.boxes[:, :2] + priors.boxes[:, 2:] / 2
    fits: Tensor = (low >= -border).all(dim=1) & (high < sizes.flip(1).unsqueeze(1) + border).all(dim=2)
    return fits
