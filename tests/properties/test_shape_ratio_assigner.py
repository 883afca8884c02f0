"""The sparse matching by shape against loops over every target, level, anchor and cell."""

import math
from collections import Counter

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from boxwright.assigners import ShapeRatioAssigner
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Priors, Targets
from tests.contracts.scenes import centres_inside

GRIDS = [
    AnchorGrid((((5.0, 6.0), (8.0, 14.0), (15.0, 11.0)), ((15.0, 30.0), (31.0, 22.0), (29.0, 59.0))), (8, 16)),
    AnchorGrid((((10.0, 13.0),), ((30.0, 61.0), (62.0, 45.0)), ((116.0, 90.0),)), (8, 16, 32)),
    AnchorGrid((((4.0, 4.0), (64.0, 64.0)),), (4,)),
]
CANVASES = [(64, 64), (32, 96), (100, 36), (8, 8)]

# Quarters of a pixel are exact, so that many centres lie exactly on borders and middles of cells.
sides = st.integers(1, 400).map(lambda quarters: quarters / 4)
places = st.integers(-40, 440).map(lambda quarters: quarters / 4)
objects = st.tuples(st.integers(0, 2), places, places, sides, sides, st.booleans())


def neighbours(x: float, y: float, height: int, width: int) -> list[tuple[int, int]]:
    """Gives the (row, column) of own, left, upper, right and lower cells as the published rule lists them."""
    found = [(x, y)]
    if x > 1 and x - math.floor(x) < 0.5:
        found.append((x - 0.5, y))
    if y > 1 and y - math.floor(y) < 0.5:
        found.append((x, y - 0.5))
    if width - x > 1 and math.ceil(x) - x < 0.5:
        found.append((x + 0.5, y))
    if height - y > 1 and math.ceil(y) - y < 0.5:
        found.append((x, y + 0.5))
    return [(min(max(int(b), 0), height - 1), min(max(int(a), 0), width - 1)) for a, b in found]


def by_loops(anchors: AnchorGrid, priors: Priors, targets: Targets, threshold: float) -> Counter[tuple[int, int, int]]:
    """Counts the (image, prior, target) as published code does, one at a time."""
    found: Counter[tuple[int, int, int]] = Counter()
    for target, (x1, y1, x2, y2) in enumerate(targets.boxes.tolist()):
        for grid, sizes in zip(priors.grids, anchors.anchors, strict=True):
            for slot, (width, height) in enumerate(sizes):
                ratios = [(x2 - x1) / width, width / (x2 - x1), (y2 - y1) / height, height / (y2 - y1)]
                if targets.ignore[target] or max(ratios) >= threshold:
                    continue
                centre = (x1 + x2) / 2 / grid.stride, (y1 + y2) / 2 / grid.stride
                for row, column in neighbours(*centre, grid.height, grid.width):
                    prior = grid.start + (row * grid.width + column) * grid.priors_per_cell + slot
                    found[int(targets.image[target]), prior, target] += 1
    return found


def build(rows: list[tuple[int, float, float, float, float, bool]]) -> Targets:
    rows = sorted(rows, key=lambda row: row[0])
    boxes = [[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for _, x, y, w, h, _ in rows]
    return Targets(
        torch.tensor(boxes).view(-1, 4),
        torch.zeros(len(rows), dtype=torch.int64),
        torch.tensor([row[0] for row in rows], dtype=torch.int64),
        torch.tensor([row[5] for row in rows], dtype=torch.bool),
        3,
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    rows=st.lists(objects, max_size=8),
    anchors=st.sampled_from(GRIDS),
    canvas=st.sampled_from(CANVASES),
    threshold=st.sampled_from([4.0, 2.0, 1.25]),
)
def test_equals_the_loops(
    rows: list[tuple[int, float, float, float, float, bool]],
    anchors: AnchorGrid,
    canvas: tuple[int, int],
    threshold: float,
) -> None:
    priors, targets = anchors(canvas), build(rows)
    wanted = by_loops(anchors, priors, targets, threshold)
    for repeats in (False, True):
        found = ShapeRatioAssigner(threshold, repeats)(priors, targets)
        pairs = Counter(zip(found.image.tolist(), found.prior.tolist(), found.target.tolist(), strict=True))
        assert pairs == (wanted if repeats else Counter(wanted.keys()))
        assert found.quality.tolist() == [1.0] * len(found)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows=st.lists(objects, max_size=8), anchors=st.sampled_from(GRIDS), canvas=st.sampled_from(CANVASES))
def test_ignored_priors_equal_testing_every_cell(
    rows: list[tuple[int, float, float, float, float, bool]], anchors: AnchorGrid, canvas: tuple[int, int]
) -> None:
    priors, targets = anchors(canvas), build(rows)
    found = ShapeRatioAssigner()(priors, targets)
    wanted = torch.zeros(3, len(priors), dtype=torch.bool)
    for row in targets.ignore.nonzero().flatten().tolist():
        wanted[targets.image[row]] |= centres_inside(priors, targets.boxes[row])
    wanted[found.image, found.prior] = False
    assert torch.equal(found.ignored, wanted)
