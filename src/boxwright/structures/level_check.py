"""Whether level blocks describe the same priors of the same images; it asks for shapes only, never for values."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from boxwright.errors import ShapeError, counted
from boxwright.structures.priors import Priors

_AXES = 5


def check_blocks(columns: Mapping[str, Sequence[Tensor]]) -> None:
    """Raises ShapeError where columns of level blocks differ in their images, levels, cells or priors per cell.

    Args:
        columns: Level blocks `batch priors_per_cell values height width` by name; the others are measured by the first.
    """
    first, wanted = "", list[tuple[int, ...]]()
    for name, blocks in columns.items():
        shapes = [block.shape for block in blocks]
        if {*map(len, shapes)} != {_AXES}:
            raise ShapeError(
                f"{name} needs a block `batch priors_per_cell values height width` for every level; found blocks of "
                f"the shapes {[*map(tuple, shapes)]}."
            )
        frame: list[tuple[int, ...]] = [(n, slots, height, width) for n, slots, _, height, width in shapes]
        if not first:
            first, wanted = name, frame
        elif frame != wanted:
            raise _differ(name, frame, first, wanted)
        images, values = shapes[0][0], shapes[0][2]
        for level, shape in enumerate(shapes):
            if shape[0] != images or shape[2] != values:
                raise ShapeError(
                    f"Level {level} of {name} has {counted(shape[0], 'image')} and {counted(shape[2], 'value')}, its "
                    f"first level {images} and {values}. All levels need the same."
                )


def _differ(name: str, frame: list[tuple[int, ...]], first: str, wanted: list[tuple[int, ...]]) -> ShapeError:
    if len(frame) != len(wanted):
        return ShapeError(
            f"{name} has {counted(len(frame), 'level')}, {first} has {len(wanted)}. Give both for every level, finest "
            "first."
        )
    level = next(level for level, (found, other) in enumerate(zip(frame, wanted, strict=True)) if found != other)
    return ShapeError(
        f"Level {level} of {name} has (images, priors per cell, height, width) {frame[level]}, that of {first} "
        f"{wanted[level]}. Give both for the same images and the same cells, in the same order of levels."
    )


def check_levels(blocks: Sequence[Tensor], priors: Priors) -> None:
    """Raises ShapeError where level blocks are not of some priors.

    Args:
        blocks: Level blocks, `batch priors_per_cell values height width`.
        priors: The priors of the canvas.
    """
    found = [(block.shape[3], block.shape[4], block.shape[1]) for block in blocks]
    wanted = [(grid.height, grid.width, grid.priors_per_cell) for grid in priors.grids]
    if found == wanted:
        return
    count = sum(height * width * per_cell for height, width, per_cell in found)
    if count != len(priors):
        raise ShapeError(
            f"The predictions have {counted(count, 'prior')}, the canvas {priors.canvas_size} has {len(priors)}. "
            "Build the priors for the canvas that the network saw."
        )
    raise ShapeError(
        f"The levels of the predictions have (height, width, priors per cell) {found}, those of the canvas "
        f"{priors.canvas_size} have {wanted}. Give the levels from the finest to the coarsest, every block as `batch "
        "priors_per_cell values height width`."
    )
