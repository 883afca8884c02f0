"""Which priors stand where, by testing all of them against all boxes: shapes that are known beforehand."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.boxes import outward
from boxwright.structures.priors import Priors


def centres_inside(boxes: Float[Tensor, "boxes 4"], priors: Priors) -> Bool[Tensor, "boxes priors"]:
    """Marks the priors whose centre lies strictly inside each box.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator: all priors of a cell have the same centre.
    """
    return (outward_centres(priors) < outward(boxes).unsqueeze(1)).all(dim=2)


def outward_centres(priors: Priors) -> Float[Tensor, "priors 4"]:
    """Gives the centre of every prior as the four sides of a box that grow outward; they are kept."""
    return priors.derived(_outward_centres)


def _outward_centres(priors: Priors) -> Float[Tensor, "priors 4"]:
    return outward(priors.boxes[:, :2].repeat(1, 2))


def of_any_target(
    marked: Bool[Tensor, "targets priors"], image: Int64[Tensor, "targets"], batch_size: int
) -> Bool[Tensor, "batch priors"]:
    """Marks what is marked for any target of an image.

    Args:
        marked: Of every target.
        image: Of every target.
        batch_size: Number of images.
    """
    numbers = torch.zeros(batch_size, marked.shape[1], device=marked.device)
    return numbers.index_add_(0, image, marked.to(numbers.dtype)) > 0


def first_of_image(
    values: Float[Tensor, "targets priors"], image: Int64[Tensor, "targets"], batch_size: int
) -> Int64[Tensor, "batch priors"]:
    """Gives at every prior the target of its image that has the largest value there, the lowest of equal ones.

    Args:
        values: Of every target; below 0 where it takes no part.
        image: Of every target.
        batch_size: Number of images.

    Returns:
        Rows of the targets; where none takes part, their number.
    """
    place, num_priors = image.unsqueeze(1).expand_as(values), values.shape[1]
    largest = values.new_zeros(batch_size, num_priors).scatter_reduce_(0, place, values, "amax")
    loses = values != largest.index_select(0, image)
    row = torch.arange(len(values), device=values.device).unsqueeze(1).masked_fill(loses, len(values))
    none = row.new_full((batch_size, num_priors), len(values))
    return none.scatter_reduce_(0, place, row, "amin")


def best_of_row(values: Float[Tensor, "rows columns"], number: int) -> Int64[Tensor, "rows best"]:
    """Gives the columns of the largest values of each row, best first; of equal ones the lowest.

    Args:
        values: Not below 0.
        number: How many; all there are, if these are fewer.
    """
    number = min(number, values.shape[1])
    if values.dtype != torch.float32:
        return values.argsort(dim=1, descending=True, stable=True)[:, :number]
    # the bits of such floats are ordered as they are; below them stands the column, counted from the end
    column = torch.arange(values.shape[1] - 1, -1, -1, device=values.device)
    return torch.add(column, values.view(torch.int32).long(), alpha=1 << 32).topk(number, dim=1).indices
