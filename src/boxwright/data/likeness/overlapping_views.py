"""Pictures that show partly the same place: neighbouring frames, overlapping fields of a microscope."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from boxwright.data.images.view_features import ViewFeatures
from boxwright.data.likeness.phase_correlation import Grey, correlation, overlap, shifted_pairs

LEAST_CORRELATION = 0.9
"""Of the grey values in the common part of two pictures that show one place."""

LEAST_COMMON = 0.16
"""Common part, as a fraction of the picture, below which a pair is passed over."""

MOST_COMPARED = 500
"""Pictures of one size up to which all are compared with all; that finds what has few clear points."""

_TABLES, _KEY_BITS = 12, 24  # descriptors that agree in 24 drawn bits of 256, in one of 12 draws, are compared
_NEIGHBOURS = 8  # compared in a crowded bucket
_MOST_BITS = 50  # that the descriptors of one point may differ in
_CELL = 6  # pixels; shifts that agree to this vote for each other
_FEWEST_VOTES = 3
_REACH = 3  # pixels by which a shift is refined
_MOST_PAIRS = 5_000_000  # of points; enough for any set of distinct pictures, a limit for those of a fixed camera


@dataclass(frozen=True, slots=True)
class OverlappingView:
    """Two pictures with a common part.

    Args:
        first: Position of one.
        second: Position of the other, later one.
        common: Common part as a fraction of the picture.
        correlation: Of the grey values there.
    """

    first: int
    second: int
    common: float
    correlation: float


def overlapping_views(features: Sequence[ViewFeatures], picture: Callable[[int], Grey]) -> list[OverlappingView]:
    """Finds pairs of pictures of one size of which one is the other, shifted.

    Points with like descriptors are paired by hashing, so the cost grows with the number of points and not of pairs of
    pictures; pairs of pictures whose points agree in a shift are candidates. Up to `MOST_COMPARED` pictures, all pairs
    are tried by phase correlation too. The correlation of the grey values in the common part decides.

    Args:
        features: Of every picture.
        picture: Gives the shrunk grey picture at a position; asked for candidates, and for all up to `MOST_COMPARED`.
    """
    owners = np.repeat(np.arange(len(features)), [len(each.points) for each in features])
    if not len(owners):
        return []
    points = np.concatenate([each.points for each in features])
    pairs = _matches(np.concatenate([each.descriptors for each in features]), owners)
    best: dict[tuple[int, int], OverlappingView] = {}
    for first, second, shift in chain(_candidates(pairs, owners, points), _compared(features, picture)):
        if features[first].size == features[second].size:
            common, value = _agreement(picture(first), picture(second), shift)
            known = best.get((first, second))
            if value >= LEAST_CORRELATION and common >= LEAST_COMMON and (known is None or value > known.correlation):
                best[first, second] = OverlappingView(first, second, common, value)
    return list(best.values())


def _compared(
    features: Sequence[ViewFeatures], picture: Callable[[int], Grey]
) -> Iterator[tuple[int, int, tuple[float, float]]]:
    """Gives candidates by comparing all pictures of one size, as long as they are few."""
    by_size: dict[tuple[int, int], list[int]] = {}
    for position, each in enumerate(features):
        by_size.setdefault(each.size, []).append(position)
    for group in by_size.values():
        if len(group) <= MOST_COMPARED:
            for first, second, shift in shifted_pairs([picture(position) for position in group], LEAST_COMMON):
                yield group[first], group[second], shift


def _matches(descriptors: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Gives pairs of points of different pictures with like descriptors, each once."""
    bits = np.unpackbits(descriptors, axis=1)
    ones = np.array([value.bit_count() for value in range(256)], dtype=np.uint8)
    rng = np.random.default_rng(0)
    found, total = [np.empty((0, 2), np.int64)], 0
    for _ in range(_TABLES):
        if total > _MOST_PAIRS:
            break
        drawn = rng.choice(256, _KEY_BITS, replace=False)
        keys = bits[:, drawn].astype(np.int64) @ (1 << np.arange(_KEY_BITS))
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        for step in range(1, min(_NEIGHBOURS, len(order) - 1) + 1):
            equal = ordered[step:] == ordered[:-step]
            pairs = np.stack((order[:-step][equal], order[step:][equal]), axis=1)
            pairs = np.sort(pairs[owners[pairs[:, 0]] != owners[pairs[:, 1]]], axis=1)
            differing = ones[descriptors[pairs[:, 0]] ^ descriptors[pairs[:, 1]]].sum(axis=1)
            found.append(pairs[differing <= _MOST_BITS])
            total += len(found[-1])
    return np.unique(np.concatenate(found), axis=0)


def _candidates(
    pairs: np.ndarray, owners: np.ndarray, points: np.ndarray
) -> Iterator[tuple[int, int, tuple[float, float]]]:
    """Gives pairs of pictures with the shift that most of their points agree in, if enough do."""
    pictures = owners[pairs]  # ascending in both columns, since points are in the order of pictures
    shifts = points[pairs[:, 1]] - points[pairs[:, 0]]
    cells = np.floor(shifts / _CELL).astype(np.int64)
    votes = np.concatenate(
        [np.column_stack((pictures, cells + np.array((x, y)), np.arange(len(pairs)))) for x in (0, 1) for y in (0, 1)]
    )
    _, group, counts = np.unique(votes[:, :4], axis=0, return_inverse=True, return_counts=True)
    enough = counts[group.reshape(-1)] >= _FEWEST_VOTES
    votes, group = votes[enough], group.reshape(-1)[enough]
    order = np.lexsort((group, -counts[group], votes[:, 1], votes[:, 0]))
    votes, group = votes[order], group[order]
    is_first = np.ones(len(votes), dtype=np.bool_)
    is_first[1:] = (np.diff(votes[:, :2], axis=0) != 0).any(axis=1)
    for start in np.flatnonzero(is_first):
        first, second = votes[start, :2].tolist()
        agreeing = votes[_run(group, int(start)), 4]
        x, y = np.median(shifts[agreeing], axis=0).tolist()
        yield first, second, (x, y)


def _run(group: np.ndarray, start: int) -> slice:
    """Gives the rows from `start` on that are of one group."""
    stop = start
    while stop < len(group) and group[stop] == group[start]:
        stop += 1
    return slice(start, stop)


def _agreement(first: Grey, second: Grey, shift: tuple[float, float]) -> tuple[float, float]:
    """Gives the common part and the highest correlation near a shift."""
    best = (0.0, -1.0)
    x, y = round(shift[0]), round(shift[1])
    for row in range(y - _REACH, y + _REACH + 1):
        for column in range(x - _REACH, x + _REACH + 1):
            value = correlation(first, second, row, column)
            if value > best[1]:
                best = (overlap(first, row, column).size / first.size, value)
    return best
