"""Whether a model fits what it is run on."""

from boxwright.bounded_text import listed
from boxwright.errors import ConfigError, DataError
from boxwright.systems import System


def check_canvas(system: System, canvas_size: tuple[int, int]) -> None:
    """Raises an error unless a canvas is one of a system.

    Args:
        system: Says of what the sides must be multiples, or which canvas is its only one.
        canvas_size: Height and width in pixels.

    Raises:
        ConfigError: It is not; the message has one that is.
    """
    height, width = canvas_size
    stride = system.max_stride
    if system.has_one_canvas and (height, width) != (stride, stride):
        raise ConfigError(
            f"canvas: this system works on {stride} × {stride} only; found {height} × {width}. Leave the canvas out, "
            "or take another system."
        )
    near = [max(1, round(side / stride)) * stride for side in canvas_size]
    if near == [height, width]:
        return
    raise ConfigError(
        f"canvas: both sides must be multiples of {stride}; found {height} × {width}. "
        f"The nearest that fits is {near[0]} × {near[1]}."
    )


def check_categories(ours: tuple[str, ...], theirs: tuple[str, ...], name: str) -> None:
    """Raises an error unless two lists of categories are the same.

    Args:
        ours: What the model has.
        theirs: What the data to measure on has.
        name: What `ours` belongs to.

    Raises:
        DataError: They differ.
    """
    if ours != theirs:
        raise DataError(
            f"{name} finds {listed(ours)}; the data to measure on has {listed(theirs)}. Measure on data with the "
            "same categories in the same order, or train a model on these."
        )
