"""Cases of ATSS: candidates, thresholds, contested anchors, and the three losses."""

from collections.abc import Sequence

import numpy as np

from conformance.case import Array, Case
from conformance.recipes.choices import backwards, renamed
from conformance.recipes.drawing import labelled, target_arrays
from conformance.recipes.three_losses import CLASSES, LOSSES, TOLERANCE, check_margins, outputs_of, predictions_of
from conformance.reference.atss import assign, deltas_decoder
from conformance.reference.fcos import distances_decoder
from conformance.reference.priors import cell_points
from conformance.reference.targets import Targets

SQUARE, PYRAMID = (64, 64), (8, 16, 32)
FINE_SQUARE, FINE_PYRAMID = (56, 56), (4, 8)  # where the coarser anchors fit objects
SOURCE = "Zhang et al. 2020, algorithm 1 and section 3; the losses are eq. 2 of FCOS, Tian et al. 2019"
ABOUT = (
    "Anchors are squares of 8 strides, one in the middle of each cell. Candidates of an object: on each level the {k} "
    "anchors whose centres are nearest to its own, or all if there are fewer. Positive are those whose IoU is at least "
    "the mean plus the standard deviation (of a sample: over n − 1) of the IoUs of all candidates, and whose centre "
    "lies strictly inside the object. Of several objects an anchor gets the one of highest IoU. {codes} "
)
CODES = {
    "distances": "Codes are the distances of left, top, right and bottom side from the centre, in strides.",
    "deltas": "Codes are shift and log ratios relative to the anchor, over deviations of 0.1, 0.1, 0.2, 0.2.",
}
STDS = [0.1, 0.1, 0.2, 0.2]
PLAIN = [[[5.5, 3.25, 27, 31], [1.25, 0.5, 55, 54.25]], [[8.5, 4.25, 49, 44.75]]]


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [
        _plain("distances"),
        _plain("deltas"),
        _non_square(),
        _crowd(),
        _empty_image(),
        _nothing_at_all(),
        _smaller_than_a_cell(),
        _spread_of_a_sample(),
        _centre_on_an_edge(),
        _threshold_reached(),
        _equal_distances(),
        _same_box_twice(),
    ]


def _case(
    name: str,
    words: tuple[str, str],
    targets: Targets,
    coding: str = "distances",
    canvas: tuple[int, int] = SQUARE,
    strides: tuple[int, ...] = PYRAMID,
    nearest: int = 9,
    *,
    is_exact: bool = False,
) -> Case:
    """Makes a case; one that is exact has a decision on a bound, which binary numbers show without rounding."""
    rows = np.array(cell_points(canvas, strides), dtype=np.float64)
    points, steps = rows[:, :2], rows[:, 2]
    half = 4 * steps[:, None]
    corners = np.concatenate((points - half, points + half), axis=1)
    anchors = corners.tolist()
    if not is_exact:
        check_margins(lambda moved: assign(anchors, steps, moved, nearest), targets, name)
    decode = distances_decoder(points, steps) if coding == "distances" else deltas_decoder(anchors, STDS)
    limits = (0.25, 4.0) if coding == "distances" else (-3.0, 1.0)
    arrays = predictions_of(name, (targets.batch, len(points)), limits)
    expected, ties = outputs_of(arrays, points, targets, _readings(anchors, steps, targets, nearest), decode)
    about = ABOUT.format(k=nearest, codes=CODES[coding]) + LOSSES.format(place="centre") + words[0]
    inputs = arrays | {"anchors": corners.astype(np.float32), "anchor_strides": steps.astype(np.float32)}
    parameters = {"canvas": list(canvas), "strides": list(strides), "nearest": nearest, "coding": coding, "stds": STDS}
    inputs |= target_arrays(targets)
    return Case("atss", name, "atss", about, SOURCE, words[1], inputs, parameters, expected, TOLERANCE, ties)


def _readings(anchors: Sequence[Sequence[float]], strides: Array, targets: Targets, nearest: int) -> list[Array]:
    """Gives the assignment, and those in which ties go the other way: to the last anchor, or to the last object."""
    return [
        assign(anchors, strides, targets, nearest),
        assign(anchors[::-1], strides[::-1], targets, nearest)[:, ::-1],
        renamed(assign(anchors, strides, backwards(targets), nearest), targets),
    ]


def _plain(coding: str) -> Case:
    words = (
        "Two images.",
        "Other pairs on some levels only: the nearest of all levels together, or the threshold of each level. All "
        "losses off by 2: divided per image. The box loss alone: weighted by the centreness and divided by its sum, "
        "or doubled, as in MMDetection.",
    )
    return _case(f"plain_{coding}", words, labelled(PLAIN, 1, CLASSES), coding, FINE_SQUARE, FINE_PYRAMID)


def _non_square() -> Case:
    words = (
        "A canvas of 40 × 92, whose cells the border cuts; its coarsest level has six anchors, fewer than nine.",
        "An index error, or no pair at all: nine were asked of six. Other anchors: height and width swapped.",
    )
    boxes = [[[1.5, 2.25, 91, 38], [10.25, 3, 50, 30.5], [60.5, 11.5, 88, 39]]]
    return _case("non_square", words, labelled(boxes, 0, CLASSES), canvas=(40, 92))


def _crowd() -> Case:
    words = (
        "Eight objects over one another: many anchors are positive for several.",
        "Another object at a few anchors: not the highest IoU wins, but the least area, the first or the last one.",
    )
    boxes = [[[1.25 + 3 * k, 1.75 + 2 * k, 55.25 - 3 * k, 54.5 - 4 * (k % 4)] for k in (3, 0, 6, 1, 4, 2, 7, 5)]]
    return _case("crowd", words, labelled(boxes, 0, CLASSES), canvas=FINE_SQUARE, strides=FINE_PYRAMID)


def _empty_image() -> Case:
    words = (
        "The second of two images has no object; its anchors are charged as background, and it adds nothing to the "
        "divisor.",
        "Losses too small: it counts as one positive. NaN: the mean of no candidate.",
    )
    return _case("empty_image", words, labelled([PLAIN[0], []], 0, CLASSES))


def _nothing_at_all() -> Case:
    words = (
        "No object: the divisor is 1, box and centreness loss are 0 with gradients of 0.",
        "NaN: divided by 0, or a mean over no pair.",
    )
    return _case("nothing_at_all", words, labelled([[]], 0, CLASSES))


def _smaller_than_a_cell() -> Case:
    words = (
        "Three objects smaller than a cell: one holds the centre of an anchor, two hold none and have no pair.",
        "Pairs of the two: centres were not asked to be inside.",
    )
    boxes = [[[10.5, 11, 14, 13.5], [29.5, 21.25, 32.25, 26.5], [46.5, 40, 50.5, 42.25]]]
    return _case("smaller_than_a_cell", words, labelled(boxes, 0, CLASSES))


def _spread_of_a_sample() -> Case:
    words = (
        "In each of two images the IoUs of two candidates lie between the mean plus the deviation over n and that over "
        "n − 1: they are not enough.",
        "Two more pairs in each image: the deviation over n.",
    )
    boxes = [[[0.25, 31, 48.25, 51.75]], [[5.5, 14.25, 55.75, 58.75]]]
    return _case("spread_of_a_sample", words, labelled(boxes, 0, CLASSES))


def _centre_on_an_edge() -> Case:
    words = (
        "The edges run exactly through centres of anchors that overlap enough: these are not inside.",
        "Nine pairs, not three: ≥ in place of >. Their centreness is 0.",
    )
    targets = labelled([[[36, 13.5, 52, 43.75]]], 0, CLASSES)
    return _case("centre_on_an_edge", words, targets, is_exact=True)


def _threshold_reached() -> Case:
    words = (
        "The four anchors around the object overlap it equally, so that the threshold is their IoU: it is enough.",
        "No pair: > in place of ≥. NaN: the deviation of equal numbers was rounded below 0.",
    )
    targets = labelled([[[6, 6, 26, 26]]], 0, CLASSES)
    return _case("threshold_reached", words, targets, canvas=(32, 32), strides=(8,), nearest=4, is_exact=True)


def _equal_distances() -> Case:
    words = (
        "Four anchors are equally near, and two are candidates: any two of the four may be positive.",
        "Another number of pairs, or pairs elsewhere.",
    )
    targets = labelled([[[6, 6, 26, 26]]], 0, CLASSES)
    return _case("equal_distances", words, targets, canvas=(32, 32), strides=(8,), nearest=2, is_exact=True)


def _same_box_twice() -> Case:
    words = (
        "The same box and label twice: either may have an anchor, and no loss depends on it.",
        "Losses off: an anchor counts for both.",
    )
    box = [9.5, 5.25, 47.0, 39.5]
    return _case("same_box_twice", words, Targets([box, box], [1, 1], [0, 0], 1), is_exact=True)
