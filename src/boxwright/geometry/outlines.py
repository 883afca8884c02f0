"""Tracing masks along the edges of their pixels."""

import torch
from jaxtyping import Bool
from torch import Tensor

Point = tuple[int, int]
Ring = list[Point]


def trace_outlines(mask: Bool[Tensor, "height width"]) -> tuple[list[Ring], list[Ring]]:
    """Finds the rings of corners around a mask: its parts from the outside, and its holes.

    Law: filled by COCO's rule, the outer rings give the mask with its holes closed, pixel by pixel. Parts that touch
    at a corner alone are rings of their own.

    Args:
        mask: True inside.

    Returns:
        Outer rings, clockwise on the screen, and rings of holes, anticlockwise; each a list of corners (x, y) on pixel
        edges, the first not repeated.
    """
    following = _edges(mask)
    outer: list[Ring] = []
    holes: list[Ring] = []
    while following:
        start = next(iter(following))
        ring = _walk(start, following)
        (outer if _doubled_area(ring) > 0 else holes).append(ring)
    return outer, holes


def _edges(mask: Tensor) -> dict[Point, list[Point]]:
    """Gives the unit edges between inside and outside, from their start to their ends, the inside to the right."""
    padded = torch.nn.functional.pad(mask, (1, 1, 1, 1))
    inside = padded[1:-1, 1:-1]
    following: dict[Point, list[Point]] = {}
    for neighbour, start, end in (
        (padded[:-2, 1:-1], (0, 0), (1, 0)),
        (padded[1:-1, 2:], (1, 0), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (0, 1)),
        (padded[1:-1, :-2], (0, 1), (0, 0)),
    ):
        for y, x in (inside & ~neighbour).nonzero().tolist():
            following.setdefault((x + start[0], y + start[1]), []).append((x + end[0], y + end[1]))
    return following


def _walk(start: Point, following: dict[Point, list[Point]]) -> Ring:
    """Takes the edges of one ring out of the map, and gives its corners."""
    ring: Ring = []
    here, direction = start, (0, 0)
    first: Point | None = None
    while True:
        # where two pixels touch at a corner, turn right: stay at the same pixel
        right = (here[0] - direction[1], here[1] + direction[0])
        ends = following.get(here, [])
        if first is not None and here == start and (right == first or right not in ends):
            break
        there = ends.pop(ends.index(right) if right in ends else 0)
        first = first or there
        if not ends:
            del following[here]
        turned = (there[0] - here[0], there[1] - here[1])
        if turned != direction:
            ring.append(here)
        here, direction = there, turned
    if len(ring) > 1 and _is_straight(ring[-1], ring[0], ring[1]):
        ring.pop(0)
    return ring


def _is_straight(first: Point, middle: Point, last: Point) -> bool:
    return first[0] == middle[0] == last[0] or first[1] == middle[1] == last[1]


def _doubled_area(ring: Ring) -> int:
    """Twice the area, positive if the ring runs clockwise on the screen."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))
