"""Whether level blocks describe the same priors of the same images; it asks for shapes only, never for values."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.priors import Priors

_AXES = 5


def check_blocks(columns: Mapping[str, Sequence[Tensor]]) -> None:
    """Raises ShapeError where columns of level blocks differ in their images, levels, cells or priors per cell.

    Args:
        columns: Level blocks `batch priors_per_cell values height width` by name; the others are measured by the first.
    """
    shapes = {name: [tuple(block.shape) for block in blocks] for name, blocks in columns.items()}
    (first, wanted), *_ = shapes.items()
    for name, found in shapes.items():
        if {*map(len, found)} != {_AXES}:
            raise ShapeError(
                f"{name} needs a block `batch priors_per_cell values height width` for every level; found blocks of "
                f"the shapes {found}."
            )
        if len(found) != len(wanted):
            raise ShapeError(
                f"{name} has {len(found)} levels, {first} has {len(wanted)}. Give both for every level, finest first."
            )
        for level, (shape, other) in enumerate(zip(found, wanted, strict=True)):
            if shape[:2] != other[:2] or shape[3:] != other[3:]:
                of_block, of_other = ((*found[:2], *found[3:]) for found in (shape, other))
                raise ShapeError(
                    f"Level {level} of {name} has (images, priors per cell, height, width) {of_block}, that of {first} "
                    f"{of_other}. Give both for the same images and the same cells, in the same order of levels."
                )
            if shape[0] != found[0][0] or shape[2] != found[0][2]:
                raise ShapeError(
                    f"Level {level} of {name} has {shape[0]} images and {shape[2]} values, its first level "
                    f"{found[0][0]} and {found[0][2]}. All levels need the same."
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
            f"The predictions have {count} priors, the canvas {priors.canvas_size} has {len(priors)}. "
            "Build the priors for the canvas that the network saw."
        )
    raise ShapeError(
        f"The levels of the predictions have (height, width, priors per cell) {found}, those of the canvas "
        f"{priors.canvas_size} have {wanted}. Give the levels from the finest to the coarsest, every block as `batch "
        "priors_per_cell values height width`."
    )
