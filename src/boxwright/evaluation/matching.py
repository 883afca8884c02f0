"""Which detection finds which target."""

import numpy as np
from jaxtyping import Bool, Float64, Int64

from boxwright.evaluation.overlap_pairs import OverlapPairs

ALMOST_ONE = 1 - 1e-10
"""What an overlap has to reach at most, as in COCO."""


def match(
    pairs: OverlapPairs,
    rank: Int64[np.ndarray, "detections"],
    crowd: Bool[np.ndarray, "targets"],
    ignored: Bool[np.ndarray, "targets sizes"],
    thresholds: Float64[np.ndarray, "thresholds"],
) -> tuple[Int64[np.ndarray, "candidates"], Int64[np.ndarray, "candidates sizes thresholds"]]:
    """Lets detections choose targets, the better ones first, for ranges of size and IoU thresholds side by side.

    A detection takes the target that it overlaps most of those that are free and count; if there is none, of those
    that are ignored, where a crowd is always free. Of equal overlaps the last target counts. These are the rules of
    COCO. Detections of different images and classes do not compete, so the first of all of them choose at once, then
    the second, and so on.

    Args:
        pairs: Of detections and targets of one class, with every overlap that reaches a threshold.
        rank: Of every detection in its image and class, the best is 0.
        crowd: Which targets are ignored regions.
        ignored: Which targets do not count in a range of size.
        thresholds: Of the overlap.

    Returns:
        The detections that have a pair, ascending, and the targets that they take, -1 for none.
    """
    candidates, first = np.unique(pairs.detection, return_index=True)
    taken = np.zeros((*ignored.shape, len(thresholds)), np.bool_)
    chosen = np.full((len(candidates), *taken.shape[1:]), -1, np.int64)
    ends = np.append(first, len(pairs.detection))
    ranks = rank[candidates]
    for turn in np.unique(ranks).tolist():
        at_turn = np.flatnonzero(ranks == turn)
        lengths = ends[at_turn + 1] - ends[at_turn]
        starts = np.cumsum(lengths) - lengths
        rows = np.arange(lengths.sum()) + np.repeat(ends[at_turn] - starts, lengths)
        chosen[at_turn] = _taken_at_once(pairs.rows(rows), starts, crowd, ignored, thresholds, taken)
    return candidates, chosen


def _taken_at_once(
    pairs: OverlapPairs,
    starts: np.ndarray,
    crowd: np.ndarray,
    ignored: np.ndarray,
    thresholds: np.ndarray,
    taken: np.ndarray,
) -> Int64[np.ndarray, "detections sizes thresholds"]:
    """Lets one detection of each image and class choose, and marks what is taken."""
    count, targets = len(pairs.target), pairs.target
    is_free = ~taken[targets] | crowd[targets][:, None, None]
    is_near = pairs.overlap[:, None, None] >= np.minimum(thresholds, ALMOST_ONE)
    # the later pair of one detection overlaps more, and targets that count come before the others
    place = np.arange(1, count + 1)[:, None, None] + np.where(ignored[targets], 0, count)[:, :, None]
    best = np.maximum.reduceat(np.where(is_free & is_near, place, 0), starts, axis=0)
    found = np.where(best > 0, targets[(best - 1) % count], -1)
    _, size, threshold = np.nonzero(found >= 0)
    taken[found[found >= 0], size, threshold] = True
    return found
