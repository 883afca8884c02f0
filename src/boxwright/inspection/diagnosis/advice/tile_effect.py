"""Whether tiles would help."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from boxwright.data import Dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.errors import counted
from boxwright.geometry.tiling import Tiling
from boxwright.inspection.diagnosis.survey.batches import Sight
from boxwright.inspection.diagnosis.survey.groups import Group, group_all, percent, plain
from boxwright.inspection.diagnosis.survey.survey import Survey, survey

SMALL = 32.0
"""Canvas pixels; COCO calls objects of a smaller side small, and every detector finds them worse."""

LEAST_GROWTH = 1.5
"""Times the side; less is not worth the time."""

MOST_CUT = 0.5
"""Share of the objects that may be whole in no tile; more would be found in parts than whole."""

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class TileEffect:
    """What tiles change for a system.

    Args:
        system: Title of the system.
        tiling: How images are cut.
        sides: Median of the mean sides of the objects in canvas pixels: whole images, tiles.
        before: All targets, of whole images.
        after: All targets, of tiles; an object that several show counts for each.
        images: Number of images.
        tiles: Number of tiles of these.
        share_large: Share of the objects that do not fit into the overlap, and may be cut in every tile.
        share_cut: Share of the objects that are cut in every tile.
        least_gain: By how much the share without a positive must fall to be worth it.
    """

    system: str
    tiling: Tiling
    sides: tuple[float, float]
    before: Group
    after: Group
    images: int
    tiles: int
    share_large: float
    share_cut: float
    least_gain: float

    @property
    def helps(self) -> bool:
        """Whether more objects get a positive or small ones become clearly larger, and most are whole in a tile."""
        gain = self.before.share_without - self.after.share_without
        is_larger = self.sides[0] < SMALL and self.sides[1] >= LEAST_GROWTH * self.sides[0]
        return bool((gain >= self.least_gain or is_larger) and self.share_cut <= MOST_CUT)

    def text(self) -> str:
        """Says in a sentence or two whether tiles would help, and what they cost."""
        whole, cut = (f"{side:.1f}" for side in self.sides)
        shares = [percent(group.share_without) for group in (self.before, self.after)]
        large = (
            f" {percent(self.share_large)} of the objects do not fit into the overlap, and may be found in parts"
            f"{f'; {percent(self.share_cut)} are whole in no tile' if self.share_cut else ''}."
            if self.share_large
            else ""
        )
        return (
            f"{self.system}: {str(self.tiling).capitalize()}, {'would help' if self.helps else 'would not help'}: the "
            f"median side of the objects goes from {whole} to {cut} pixels of the canvas, the share without a positive "
            f"from {shares[0]} to {shares[1]}. {counted(self.tiles, 'tile')} in place of "
            f"{counted(self.images, 'image')}: {self.tiles / self.images:.1f} times the computing.{large}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Gives plain values, as JSON holds them."""
        return plain(
            {
                "system": self.system,
                "tile": list(self.tiling.size),
                "tile_overlap": self.tiling.overlap,
                "helps": self.helps,
                "median_side": self.sides[0],
                "median_side_in_tiles": self.sides[1],
                "all": self.before.to_dict(),
                "all_in_tiles": self.after.to_dict(),
                "images": self.images,
                "tiles": self.tiles,
                "share_larger_than_overlap": self.share_large,
                "share_whole_in_no_tile": self.share_cut,
                "text": self.text(),
            }
        )


def tile_effects(
    surveys: Sequence[Survey],
    dataset: Dataset,
    tiling: Tiling | None,
    sight: Sight,
    *,
    least_gain: float,
    told: Told | None = None,
) -> tuple[TileEffect, ...]:
    """Runs every system over the tiles of a data set, and compares.

    Args:
        surveys: Of the systems, with whole images.
        dataset: The whole images.
        tiling: How they would be cut; None compares nothing.
        sight: How they are seen.
        least_gain: By how much the share without a positive must fall to be worth it, 0 to 1.
        told: Told how many tiles are done, and of how many.
    """
    if tiling is None:
        return ()
    tiles, shares = Tiled(dataset, tiling), (_share_large(dataset, tiling), _share_cut(dataset, tiling))
    found = []
    for one in surveys:

        def progress(done: int, total: int, title: str = one.subject.title) -> None:
            if told is not None:
                told(f"{title}, in tiles", done, total)

        after = survey(one.subject, tiles, sight, reasons=False, progress=progress)
        sides = (_median(one.tally.sides), _median(after.tally.sides))
        groups, counts = (group_all(one), group_all(after)), (len(dataset), len(tiles))
        found.append(TileEffect(one.subject.title, tiling, sides, *groups, *counts, *shares, least_gain))
    return tuple(found)


def _median(sides: np.ndarray) -> float:
    return float(np.median(sides)) if len(sides) else math.nan


def _share_cut(dataset: Dataset, tiling: Tiling) -> float:
    """Gives the share of the objects that are whole in no tile."""
    cut = total = 0
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        boxes = truth.boxes[~truth.ignore]
        is_whole = torch.zeros(len(boxes), dtype=torch.bool)
        for left, top, right, bottom in tiling.windows(truth.origin.size):
            lowest, highest = boxes.new_tensor((left, top)), boxes.new_tensor((right, bottom))
            is_whole |= ((boxes[:, :2] >= lowest) & (boxes[:, 2:] <= highest)).all(dim=1)
        total += len(boxes)
        cut += int((~is_whole).sum())
    return cut / total if total else 0.0


def _share_large(dataset: Dataset, tiling: Tiling) -> float:
    """Gives the share of the objects that are larger than the overlap, in images that are cut."""
    large = total = 0
    for position in range(len(dataset)):
        truth = dataset.truth(position)
        boxes = truth.boxes[~truth.ignore]
        total += len(boxes)
        for axis, side in ((1, tiling.size[0]), (0, tiling.size[1])):
            if truth.origin.size[1 - axis] > side:
                is_large = boxes[:, axis + 2] - boxes[:, axis] > tiling.overlap * side
                large += int(is_large.sum())
                boxes = boxes[~is_large]
    return large / total if total else 0.0
