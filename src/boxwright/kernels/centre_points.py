"""Points near the centres of boxes: in a square whose sides are counted in strides."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.geometry.precision import constant
from boxwright.kernels.grid_candidates import Candidates, points_inside
from boxwright.structures.priors import Priors


def points_near_centres(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, radius: float | None, *, inside: bool
) -> Candidates:
    """Lists the points less than so many strides from the centre of each box, along each side.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of the canvas.
        radius: In strides of the point's level; None: any distance.
        inside: Whether they must lie strictly inside the box too.
    """
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    found = []
    for grid in priors.grids:
        region = boxes
        if radius is not None:
            reach = radius * grid.stride
            region = torch.cat((centre - reach, centre + reach), dim=1)
            if inside:
                low, high = region[:, :2].maximum(boxes[:, :2]), region[:, 2:].minimum(boxes[:, 2:])
                region = torch.cat((low, high), dim=1)
        found.append(points_inside(region, (grid,)))
    return Candidates(*(torch.cat(column) for column in zip(*found, strict=True)))


def are_near_centres(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, radius: float | None
) -> Bool[Tensor, "boxes priors"]:
    """Marks what `points_near_centres` lists of the points inside, by looking at all of them; the reference.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of the canvas.
        radius: In strides of the point's level; None: any distance.
    """
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    if radius is not None:
        levels = constant(tuple(radius * grid.stride for grid in priors.grids), boxes.dtype, boxes.device)
        reach = levels.take(priors.level).unsqueeze(1)
        centre = (low + high) / 2
        low, high = low.maximum(centre - reach), high.minimum(centre + reach)
    place = priors.boxes[:, :2].to(boxes.dtype)
    return ((place > low) & (place < high)).all(dim=2)
