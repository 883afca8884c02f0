"""From what was found in tiles to what is in the whole image."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.data.tiles.tiled import Tiled
from boxwright.geometry.tiling import Window
from boxwright.inference.kept_in_rounds import kept_in_rounds
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

SAME_OBJECT = 0.5
"""Two tiles have found one object if their boxes overlap by more than this."""

CUT_WEIGHT = 0.5
"""What the score of a box that a tile's border cuts counts against one that lies inside of its tile."""

_NEAR = 0.02  # of the side of a tile; a box that comes so near to its border may be cut by it
_LEAST_NEAR = 2.0  # pixels

Part = tuple[Window, Detections]


def merge_tiles(parts: Sequence[Part], origin: ImageOrigin, *, class_agnostic: bool = False) -> Detections:
    """Brings detections of the tiles of an image back to the image, and removes what two tiles have both found.

    A box goes when a better one of its class from another tile, itself kept, has an IoU of more than ½ with it. A box
    that a border inside of the image cuts goes also when that better one covers more than half of it. Better is a
    higher score, but that of a box that is cut counts half. Boxes of one tile never remove each other: that has been
    done, with the threshold of the system.

    Law: what was found in an image that is one tile stays as it is.

    Args:
        parts: Each tile with its detections, in pixels of the tile.
        origin: Of the whole image.
        class_agnostic: Whether a better box of any class removes; else one of its class only.

    Returns:
        Best score first, equal scores in the order of the tiles.
    """
    if len(parts) == 1:
        found = parts[0][1]
        return replace(found, origin=replace(found.origin, image_id=origin.image_id))
    boxes = [one.boxes + one.boxes.new_tensor((*window[:2], *window[:2])) for window, one in parts]
    is_cut = [_is_cut(placed, window, origin.size) for placed, (window, _) in zip(boxes, parts, strict=True)]
    scores = torch.cat([one.scores for _, one in parts])
    labels = torch.cat([one.labels for _, one in parts])
    groups = torch.zeros_like(labels) if class_agnostic else labels
    weights = scores * torch.where(torch.cat(is_cut), CUT_WEIGHT, 1.0)
    better, worse = _removals([window for window, _ in parts], boxes, is_cut, groups, weights)
    rows = kept_in_rounds(len(scores), better, worse).nonzero().squeeze(1)
    rows = rows[scores[rows].argsort(descending=True, stable=True)]
    masks = _placed_masks(parts, origin.size)
    merged = Detections(torch.cat(boxes), scores, labels, origin, masks)
    return merged.rows(rows)


class WholeImages:
    """Puts together what is found tile by tile, as soon as all tiles of an image are there.

    Args:
        tiles: Of a data set.
    """

    def __init__(self, tiles: Tiled) -> None:
        self._tiles = tiles
        self._parts: dict[int, dict[int, Part]] = {}

    def put_together(self, found: Iterable[Detections]) -> Iterator[Detections]:
        """Gives every image that is complete; of the others it keeps what was found.

        Args:
            found: In tiles, in any order; their image ids are those of the tiles.
        """
        for one in found:
            number = one.origin.image_id
            place = self._tiles.place(number)
            parts = self._parts.setdefault(place.image, {})
            parts[number] = (place.window, one)
            if len(parts) == place.count:
                del self._parts[place.image]
                yield merge_tiles([parts[each] for each in sorted(parts)], self._tiles.origin(place.image))


def _is_cut(boxes: Float[Tensor, "boxes 4"], window: Window, size: tuple[int, int]) -> Bool[Tensor, "boxes"]:
    """Says which boxes come so near to a border of their tile, inside of the image, that it may cut them."""
    left, top, right, bottom = window
    near = [max(_LEAST_NEAR, _NEAR * side) for side in (right - left, bottom - top)]
    height, width = size
    return (
        ((boxes[:, 0] <= left + near[0]) & (left > 0))
        | ((boxes[:, 1] <= top + near[1]) & (top > 0))
        | ((boxes[:, 2] >= right - near[0]) & (right < width))
        | ((boxes[:, 3] >= bottom - near[1]) & (bottom < height))
    )


def _removals(
    windows: Sequence[Window],
    boxes: Sequence[Float[Tensor, "_boxes 4"]],
    is_cut: Sequence[Bool[Tensor, "_boxes"]],
    groups: Int64[Tensor, "all"],
    weights: Float[Tensor, "all"],
) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Lists which box would remove which; only tiles that have pixels in common are compared, two at a time."""
    counts = torch.tensor([len(each) for each in boxes])
    starts = (counts.cumsum(0) - counts).tolist()
    better, worse = [groups[:0]], [groups[:0]]
    for one, other in _neighbours(windows):
        if not len(boxes[one]) or not len(boxes[other]):
            continue
        common = _intersection(boxes[one], boxes[other])
        areas = [(each[:, 2] - each[:, 0]) * (each[:, 3] - each[:, 1]) for each in (boxes[one], boxes[other])]
        row, column = (common > 0).nonzero().unbind(1)
        first, second, shared = row + starts[one], column + starts[other], common[row, column]
        is_better = weights[first] >= weights[second]  # of equal ones the first
        worse_area = torch.where(is_better, areas[1][column], areas[0][row])
        worse_is_cut = torch.where(is_better, is_cut[other][column], is_cut[one][row])
        iou = shared / (areas[0][row] + areas[1][column] - shared)
        removes = (iou > SAME_OBJECT) | (worse_is_cut & (shared > SAME_OBJECT * worse_area))
        removes &= groups[first] == groups[second]
        better.append(torch.where(is_better, first, second)[removes])
        worse.append(torch.where(is_better, second, first)[removes])
    return torch.cat(better), torch.cat(worse)


def _neighbours(windows: Sequence[Window]) -> Iterator[tuple[int, int]]:
    """Lists the pairs of tiles that have pixels in common, the first before the second."""
    table = torch.tensor(windows)
    bounds = torch.searchsorted(table[:, 1].contiguous(), table[:, 3].contiguous()).tolist()  # tops ascend
    for number, (left, _, right, _) in enumerate(windows):
        later = table[number + 1 : bounds[number]]
        beside = (later[:, 0] < right) & (later[:, 2] > left)
        for place in beside.nonzero().squeeze(1).tolist():
            yield number, number + 1 + place


def _intersection(one: Float[Tensor, "rows 4"], other: Float[Tensor, "columns 4"]) -> Float[Tensor, "rows columns"]:
    low = torch.maximum(one[:, None, :2], other[:, :2])
    high = torch.minimum(one[:, None, 2:], other[:, 2:])
    return (high - low).clamp(min=0).prod(dim=2)


def _placed_masks(parts: Sequence[Part], size: tuple[int, int]) -> InstanceMasks | None:
    """Moves the windows of masks into the image; their pixels stay as they are."""
    placed = []
    for (left, top, _, _), one in parts:
        if one.masks is None:
            return None
        windows = one.masks.windows
        is_filled = (windows[:, 2:] > windows[:, :2]).all(dim=1, keepdim=True)
        moved = (windows + windows.new_tensor((left, top, left, top))) * is_filled
        placed.append(InstanceMasks(moved, one.masks.bits, size))
    return InstanceMasks.concatenate(placed)
