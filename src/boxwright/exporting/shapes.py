"""Which sizes of an exported network are fixed, and examples to trace it with."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.exporting.graph_priors import LevelBoxes
from boxwright.geometry.canvas import canvas_pair
from boxwright.inference import check_canvas
from boxwright.systems import ModelCard, System

EXAMPLES = 2  # with one, a batch would be taken for fixed


@dataclass(frozen=True, slots=True)
class GraphShapes:
    """The sizes of the inputs.

    Args:
        batch: Images at once; None for any number.
        canvas_size: Height and width in pixels; None for any multiple of `multiple`.
        multiple: Of what the sides of the canvas are multiples.
        example_canvas: Height and width of the example.
    """

    batch: int | None
    canvas_size: tuple[int, int] | None
    multiple: int
    example_canvas: tuple[int, int]

    def examples(self, *, takes_bytes: bool, suppresses: bool) -> tuple[Tensor, ...]:
        """Makes inputs to trace with.

        Args:
            takes_bytes: Whether pixels are bytes.
            suppresses: Whether there is the second input, for windows.
        """
        generator = torch.Generator().manual_seed(0)
        height, width = self.example_canvas
        shape = (self.batch or EXAMPLES, 3, height, width)
        pixels = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
        images = pixels if takes_bytes else pixels.float() / 255
        windows = torch.tensor([[0.0, 0.0, width, height]]).repeat(shape[0], 1)
        return (images, windows) if suppresses else (images,)

    def dynamic(self, *, suppresses: bool) -> tuple[dict[int, Any], ...]:
        """Gives the axes that are not fixed, in the form of `torch.export`.

        Args:
            suppresses: Whether there is the second input, for windows.
        """
        batch = {} if self.batch else {0: torch.export.Dim("batch")}
        sides = {}
        if self.canvas_size is None:
            sides = {2 + axis: self.multiple * torch.export.Dim(name) for axis, name in enumerate(("rows", "columns"))}
        return ({**batch, **sides}, dict(batch))[: 1 + suppresses]


def shapes_of(
    system: System,
    card: ModelCard,
    batch: int | str,
    canvas: int | tuple[int, int] | str | None,
) -> GraphShapes:
    """Decides on the sizes.

    Args:
        system: To export.
        card: Says which canvas it was trained at.
        batch: Images at once, or "dynamic".
        canvas: Side, or height and width; None for that of the training, or "dynamic".

    Raises:
        ConfigError: The canvas is not one of the system, or cannot be dynamic.
    """
    number = None if isinstance(batch, str) else batch
    generator: object = system.prior_generator
    if not isinstance(generator, LevelBoxes):
        raise ConfigError(
            f"{system.name} has priors of its own ({type(generator).__name__}) without a level_boxes. Add one, as "
            "PointGrid has it."
        )
    if not isinstance(canvas, str):
        size = canvas_pair(card.canvas_size if canvas is None else canvas)
        check_canvas(system, size)
        return GraphShapes(number, size, system.max_stride, size)
    if canvas != "dynamic":
        raise ConfigError(f"canvas is {canvas!r}. Give a side, or height and width, or dynamic.")
    if system.has_one_canvas:
        side = system.max_stride
        raise ConfigError(
            f"canvas: {system.name} works on {side} × {side} only, so its canvas cannot be dynamic. Leave it out."
        )
    largest = max(generator.strides)  # of one cell nobody could tell that there may be more
    side = -(-2 * largest // system.max_stride) * system.max_stride
    return GraphShapes(number, None, system.max_stride, (side, side + max(largest, system.max_stride)))
