"""Cases of FCOS: regress ranges, points near the centre, and the three losses."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from conformance.case import Array, Case
from conformance.recipes.choices import backwards, renamed
from conformance.recipes.drawing import labelled, target_arrays
from conformance.recipes.three_losses import CLASSES, LOSSES, TOLERANCE, check_margins, outputs_of, predictions_of
from conformance.reference.fcos import Rules, assign, distances_decoder
from conformance.reference.priors import cell_points
from conformance.reference.targets import Targets

Boxes = Sequence[Sequence[Sequence[float]]]
LARGE, SMALL = (48, 48), (32, 32)
SOURCE = "Tian et al. 2019, section 3, eq. 1 to 3; its version of 2020 for centre and GIoU; torchvision 0.29, measured"
ABOUT = (
    "A point fits an object if it lies strictly inside the box, {near}and if the farthest side is at least 4 and less "
    "than 8 strides away (finest level: no least; coarsest: no most). Of the objects that it fits it gets the one of "
    "least area. Codes are the distances of left, top, right and bottom side, in strides. "
)
NEAR = "less than {radius} strides from its centre along x and along y, "
PLAIN: Boxes = [[[5.5, 3.25, 27, 31], [0.5, 1.75, 46.5, 44.5]], [[8.5, 4.25, 40, 44.75]]]


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [
        _plain(),
        _non_square(),
        _crowd(),
        _empty_image(),
        _nothing_at_all(),
        _smaller_than_a_cell(),
        _all_points_inside(),
        _points_on_edges(),
        _edge_of_the_radius(),
        _areas_nearly_equal(),
        _equal_areas(),
        _same_box_twice(),
        _distance_on_a_bound(),
    ]


def _case(
    name: str,
    words: tuple[str, str],
    targets: Targets,
    canvas: tuple[int, int] = LARGE,
    strides: tuple[int, ...] = (4, 8),
    radius: float | None = 1.5,
    *,
    is_exact: bool = False,
) -> Case:
    """Makes a case; one that is exact has a decision on a bound, which binary numbers show without rounding."""
    rows = np.array(cell_points(canvas, strides), dtype=np.float64)
    points, steps = rows[:, :2], rows[:, 2]
    if not is_exact:
        check_margins(lambda moved: assign(points, steps, moved, Rules(radius)), targets, name)
    arrays = predictions_of(name, (targets.batch, len(points)), (0.25, 4))
    readings = _readings(points, steps, targets, Rules(radius))
    expected, ties = outputs_of(arrays, points, targets, readings, distances_decoder(points, steps))
    near = "" if radius is None else NEAR.format(radius=radius)
    about = ABOUT.format(near=near) + LOSSES.format(place="point") + words[0]
    inputs = arrays | {"points": points.astype(np.float32), "point_strides": steps.astype(np.float32)}
    parameters = {"canvas": list(canvas), "strides": list(strides), "radius": radius}
    inputs |= target_arrays(targets)
    return Case("fcos", name, "fcos", about, SOURCE, words[1], inputs, parameters, expected, TOLERANCE, ties)


def _readings(points: Array, strides: Array, targets: Targets, rules: Rules) -> list[Array]:
    """Gives the assignment, and those in which ties go the other way.

    Of equal areas the last object wins; a distance on the bound belongs to both levels (the paper), or to neither
    (torchvision).
    """
    step = 1e-9
    return [
        assign(points, strides, targets, rules),
        renamed(assign(points, strides, backwards(targets), rules), targets),
        assign(points, strides, targets, replace(rules, most=rules.most + step)),
        assign(points, strides, targets, replace(rules, least=rules.least + step)),
    ]


def _plain() -> Case:
    words = (
        "Two images.",
        "No pair on the finer level, or none on the coarser: ranges in pixels of another pyramid, or without open "
        "ends. Many more pairs: all points inside were taken. All losses off by 2 or 4: divided per image, or by the "
        "images. The box loss alone: weighted by the centreness and divided by its sum, as in MMDetection.",
    )
    return _case("plain", words, labelled(PLAIN, 1, CLASSES))


def _non_square() -> Case:
    words = (
        "A canvas of 20 × 92 with three levels, whose cells the border cuts.",
        "Other points: height and width swapped, or cells rounded down.",
    )
    boxes: Boxes = [[[1, 2, 91, 18], [10, 3, 50, 17], [60.5, 1.5, 88, 19]]]
    return _case("non_square", words, labelled(boxes, 0, CLASSES), (20, 92), (4, 8, 16))


def _crowd() -> Case:
    words = (
        "Eight objects over one another: most points fit several.",
        "Another object at a few points: not the least area wins, but the first, the last, or the nearest centre.",
    )
    boxes = [[[1.25 + 3 * k, 2 + 2 * k, 46 - 2 * k, 45.5 - 3 * (k % 4)] for k in (3, 0, 6, 1, 4, 2, 7, 5)]]
    return _case("crowd", words, labelled(boxes, 0, CLASSES))


def _empty_image() -> Case:
    words = (
        "The second of two images has no object; its points are charged as background, and it adds nothing to the "
        "divisor.",
        "Losses too small: it counts as one positive. A smaller class loss: it was left out.",
    )
    return _case("empty_image", words, labelled([PLAIN[0], []], 0, CLASSES))


def _nothing_at_all() -> Case:
    words = (
        "No object: the divisor is 1, box and centreness loss are 0 with gradients of 0.",
        "NaN: divided by 0, or a mean over no pair.",
    )
    return _case("nothing_at_all", words, labelled([[]], 0, CLASSES), SMALL)


def _smaller_than_a_cell() -> Case:
    words = (
        "Three objects smaller than a cell: one has a point inside, two have none and no pair.",
        "Pairs of the two: points near the centre were not asked to be inside.",
    )
    boxes = [[[9, 9, 11.5, 11.25], [12.5, 20.5, 13.5, 21.5], [23.25, 4, 24.75, 28]]]
    return _case("smaller_than_a_cell", words, labelled(boxes, 0, CLASSES), SMALL)


def _all_points_inside() -> Case:
    words = (
        "Without a radius, as in the paper of 2019: all points inside take part.",
        "Few pairs: only those near the centre.",
    )
    return _case("all_points_inside", words, labelled(PLAIN[:1], 1, CLASSES), radius=None)


def _points_on_edges() -> Case:
    words = (
        "Edges run exactly through points: these are not inside.",
        "Pairs there: ≥ in place of >. Their centreness is 0. Half a cell missing in the points shows here as well.",
    )
    targets = labelled([[[10, 10, 26, 22]]], 0, CLASSES)
    return _case("points_on_edges", words, targets, SMALL, radius=None, is_exact=True)


def _edge_of_the_radius() -> Case:
    words = (
        "Points exactly 1.5 strides from the centre: these are too far.",
        "Sixteen pairs, not four: ≤ in place of <.",
    )
    return _case("edge_of_the_radius", words, labelled([[[2.5, 3.5, 29.5, 28.5]]], 0, CLASSES), SMALL, is_exact=True)


def _areas_nearly_equal() -> Case:
    words = (
        "The object listed second is smaller, 597 to 600 square pixels.",
        "The first one wins: areas were subtracted from a large number, which float32 cannot tell apart.",
    )
    return _case(
        "areas_nearly_equal",
        words,
        labelled([[[5.5, 1.25, 25.5, 31.25], [3.25, 4.25, 27.25, 29.125]]], 0, CLASSES),
        SMALL,
    )


def _equal_areas() -> Case:
    words = (
        "Two objects of equal area, 24 × 16 and 16 × 24: either may have the points that both fit.",
        "Points that only one of them fits go elsewhere: the tie was decided for a whole object, not at each point.",
    )
    targets = labelled([[[4, 8, 28, 24], [9, 4, 25, 28]]], 0, CLASSES)
    return _case("equal_areas", words, targets, SMALL, is_exact=True)


def _same_box_twice() -> Case:
    words = (
        "The same box and label twice: either may have a point, and no loss depends on it.",
        "Losses off: a point counts for both.",
    )
    box = [3.5, 5.25, 27.0, 29.5]
    return _case("same_box_twice", words, Targets([box, box], [1, 1], [0, 0], 1), SMALL, is_exact=True)


def _distance_on_a_bound() -> Case:
    words = (
        "From some points the farthest side is exactly 32 pixels away: in the paper such a distance belongs to both "
        "levels, in torchvision to neither, in others to one. All losses hang on it, so that only the other points "
        "are compared.",
        "Another object or background at the other points: the range is of the wrong level.",
    )
    targets = labelled([[[4.5, 6.5, 42, 44]]], 0, CLASSES)
    return _case("distance_on_a_bound", words, targets, radius=None, is_exact=True)
