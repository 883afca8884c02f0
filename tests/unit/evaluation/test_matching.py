"""Which detection finds which target, by the rules of COCO."""

import numpy as np

from boxwright.evaluation.matching import match
from boxwright.evaluation.overlap_pairs import OverlapPairs


def _matched(pairs, rank, *, targets=2, crowd=(), ignored=(), thresholds=(0.5,)):
    """Pairs are (detection, target, overlap), in order; gives the targets by detection."""
    columns = (
        [np.array(column) for column in zip(*pairs, strict=True)]
        if pairs
        else [*[np.zeros(0, np.int64)] * 2, np.zeros(0)]
    )
    flags = [np.isin(np.arange(targets), chosen) for chosen in (crowd, [*ignored, *crowd])]
    candidates, chosen = match(
        OverlapPairs(*columns), np.array(rank, np.int64), flags[0], flags[1][:, None], np.array(thresholds)
    )
    return dict(zip(candidates.tolist(), chosen[:, 0].tolist(), strict=True))


def test_the_better_detection_chooses_first() -> None:
    pairs = [(0, 0, 0.6), (1, 0, 0.9)]
    assert _matched(pairs, [0, 1]) == {0: [0], 1: [-1]}
    assert _matched(pairs, [1, 0]) == {0: [-1], 1: [0]}


def test_a_detection_takes_what_it_overlaps_most_of_what_is_free() -> None:
    assert _matched([(0, 1, 0.6), (0, 0, 0.8), (1, 1, 0.7), (1, 0, 0.9)], [0, 1]) == {0: [0], 1: [1]}


def test_of_equal_overlaps_the_later_target_counts() -> None:
    assert _matched([(0, 0, 0.7), (0, 1, 0.7)], [0]) == {0: [1]}


def test_what_counts_goes_before_what_is_ignored() -> None:
    assert _matched([(0, 0, 0.6), (0, 1, 0.9)], [0], ignored=[1]) == {0: [0]}


def test_a_crowd_is_never_taken_and_another_ignored_target_is() -> None:
    pairs = [(0, 0, 0.9), (1, 0, 0.9)]
    assert _matched(pairs, [0, 1], crowd=[0]) == {0: [0], 1: [0]}
    assert _matched(pairs, [0, 1], ignored=[0]) == {0: [0], 1: [-1]}


def test_every_threshold_is_a_world_of_its_own() -> None:
    assert _matched([(0, 0, 0.6), (1, 0, 0.9)], [0, 1], thresholds=(0.5, 0.75)) == {0: [0, -1], 1: [-1, 0]}


def test_nothing_matches_nothing() -> None:
    assert _matched([], []) == {}
