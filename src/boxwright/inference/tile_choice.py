"""Which tiles a model is run on: those that are asked for, else those of its training."""

from typing import Literal

from boxwright.geometry.tiling import Tiling, tiling_of
from boxwright.systems import ModelCard

Tile = int | tuple[int, int] | Literal["model"] | None
"""Side of a tile, or height and width, in pixels of the image; "model" for that of the training; None for none."""

WITH_THE_MODEL: Literal["model"] = "model"


def chosen_tiling(card: ModelCard, tile: Tile, overlap: float | None = None) -> Tiling | None:
    """Gives the tiling to run a model with; None for whole images.

    Args:
        card: Of the model.
        tile: What is asked for.
        overlap: Share of its side that a tile has in common with the next one; that of the training, or the usual one,
            if left out.

    Raises:
        ConfigError: A number is out of its range, or there is an overlap of no tiles.
    """
    if tile != WITH_THE_MODEL:
        kept = card.tiling.overlap if overlap is None and tile is not None and card.tiling is not None else overlap
        return tiling_of(tile, kept)
    if card.tiling is None or overlap is None:
        return card.tiling if overlap is None else tiling_of(None, overlap)
    return Tiling(card.tiling.size, overlap)


def said_of_tiles(tiling: Tiling | None, tile: Tile, overlap: float | None = None) -> str:
    """Says that images are cut as in the training, which nobody asked for; nothing where it is not so.

    Args:
        tiling: That was chosen.
        tile: What was asked for.
        overlap: Likewise.
    """
    if tiling is None or tile != WITH_THE_MODEL:
        return ""
    asked = "" if overlap is None else f" but for the overlap, {overlap:g} as asked for"
    cut = str(tiling) if overlap is None else str(tiling).partition(",")[0]
    return f"Images are cut into {cut}, as in the training of this model{asked}; --tile null takes them whole."
