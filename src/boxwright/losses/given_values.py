"""What a loss gave, which may be one of the user's own."""

from collections.abc import Sequence

from torch import Tensor

from boxwright.errors import ShapeError


def given_values(values: object, shape: Sequence[int], loss: object) -> Tensor:
    """Gives what a loss gave; anything but a value for each would be spread over the batch without a word.

    Args:
        values: From the loss.
        shape: Of a value for each.
        loss: Whose they are.

    Raises:
        ShapeError: They are no tensor, or of another shape.
    """
    if isinstance(values, Tensor) and values.shape == shape:
        return values
    raise ShapeError(
        f"{type(loss).__name__} gave {described(values)} where a tensor of the shape {tuple(shape)} is needed. A loss "
        "gives a value for each, which is not summed or averaged; a reducer does that."
    )


def described(found: object) -> str:
    """Says what a part gave.

    Args:
        found: Anything.
    """
    return f"a tensor of the shape {tuple(found.shape)}" if isinstance(found, Tensor) else f"a {type(found).__name__}"
