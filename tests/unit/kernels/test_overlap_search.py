"""The search never misses a pair that trying all with all finds, and lists no other."""

import pytest
import torch
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.kernels import overlap_search as module
from boxwright.kernels.choice import VARIABLE
from boxwright.kernels.overlap_search import Overlaps, best_of_rows, best_overlaps, covered_pairs, overlapping_pairs
from boxwright.prior_generators import (
    DEFAULT_BOXES,
    AnchorGrid,
    DefaultBoxes,
    PointGrid,
    paired_sizes,
    retinanet_anchors,
)
from boxwright.structures import LevelGrid, Priors
from tests.contracts.scenes import random_boxes

SMALL = DefaultBoxes(paired_sizes((0.1, 0.4, 0.9), ((2.0,), (2.0, 3.0))), (8, 16))
CORNERED = AnchorGrid((((20.0, 9.0), (11.0, 31.0)), ((40.0, 40.0),)), (8, 16), centre=0.0)


def without_grid() -> Priors:
    """Any list of boxes is a level of 1 × 1 cells."""
    rows = random_boxes(torch.Generator().manual_seed(1), 30, (64, 64), dtype=torch.float32)
    sizes = torch.cat(((rows[:, :2] + rows[:, 2:]) / 2, rows[:, 2:] - rows[:, :2]), dim=1)
    grid = LevelGrid(1, 1, len(rows), 0, 64)
    return Priors(sizes, torch.full((30,), 64.0), torch.zeros(30, dtype=torch.int64), (grid,), (64, 64))


PRIORS = {
    "anchors of MMDetection": retinanet_anchors()((96, 128)),
    "anchors of torchvision": retinanet_anchors("torchvision")((70, 45)),
    "anchors in the middle of the cell": retinanet_anchors(strides=(8, 16, 32), octave_base_scale=1.0)((64, 96)),
    "one cell": retinanet_anchors()((1, 1)),
    "anchors on corners": CORNERED((64, 96)),
    "anchors that are large": AnchorGrid((((300.0, 20.0), (7.0, 500.0)),), (8,))((64, 96)),
    "default boxes": SMALL((64, 96)),
    "default boxes of an uneven canvas": SMALL((70, 45)),
    "default boxes of SSD": DEFAULT_BOXES["ssd_tiny"]((224, 224)),
    "points": PointGrid()((64, 96)),
    "no grid": without_grid(),
}
each = pytest.mark.parametrize("priors", PRIORS.values(), ids=PRIORS.keys())


@pytest.fixture(autouse=True)
def sparse(sparse_kernels: None) -> None:
    """The reference is asked for by name."""


def some_boxes(priors: Priors, count: int = 50, seed: int = 0) -> Tensor:
    """Of all sizes; some on multiples of 4, which tie; some outside; some without area, inside out or huge."""
    generator = torch.Generator().manual_seed(seed)
    height, width = priors.canvas_size
    boxes = random_boxes(generator, count, (max(8, height), max(8, width)), dtype=torch.float32)
    centre = torch.rand(count, 2, generator=generator) * torch.tensor([width, height]) * 1.2 - 10
    half = torch.exp(torch.rand(count, 2, generator=generator) * 12 - 4) / 2
    odd = torch.tensor(
        [
            [5, 5, 5, 5],
            [5, 5, 5, 40],
            [9, 9, 3, 3],
            [-1e6, -1e6, 1e6, 1e6],
            [1e6, 1e6, 1e6 + 50, 1e6 + 30],
            [-1e18, -1e18, 1e18, 1e18],
            [3e4, 2e4, 3e4 + 9, 2e4 + 9],
            [-500, 10, 10, 11],
            [4, 4, 4 + 1e-4, 5],
        ]
    )
    even = (boxes / 4).round() * 4
    same = priors.boxes[:: max(1, len(priors) // 20)]
    parts = (boxes, even, boxes + 20, boxes - 20, torch.cat((centre - half, centre + half), dim=1), odd)
    return torch.cat((*parts, cxcywh_to_xyxy(same)))


def all_with_all(boxes: Tensor, priors: Priors, *, exact: bool = False) -> Tensor:
    """Written once more, plainly."""
    boxes, others = (boxes.double(), priors.boxes.double()) if exact else (boxes, priors.boxes)
    others = cxcywh_to_xyxy(others)
    sides = [
        (
            torch.minimum(boxes[:, None, axis + 2], others[:, axis + 2])
            - torch.maximum(boxes[:, None, axis], others[:, axis])
        )
        for axis in (0, 1)
    ]
    common = sides[0].clamp(min=0) * sides[1].clamp(min=0)
    areas = [(box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]) for box in (boxes, others)]
    return common / (areas[0][:, None] + areas[1] - common)


def assert_lists(found: Overlaps, overlap: Tensor, wanted: Tensor) -> None:
    listed = torch.zeros_like(wanted)
    listed[found.row, found.prior] = True
    assert torch.equal(listed, wanted)
    assert len(found.row) == int(wanted.sum()), "none is listed twice"
    assert torch.equal(found.overlap, overlap[found.row, found.prior])
    assert (found.row.diff() >= 0).all()


@each
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("with_best", [False, True])
@pytest.mark.parametrize("least", [0.0, 0.4, 1.0])
def test_lists_exactly_the_pairs_that_all_with_all_gives(
    priors: Priors, least: float, with_best: bool, exact: bool
) -> None:
    for seed in range(2):
        boxes = some_boxes(priors, seed=seed)
        overlap = all_with_all(boxes, priors, exact=exact)
        wanted = overlap >= least
        if with_best:
            wanted |= overlap == overlap.amax(dim=1, keepdim=True)
        found = overlapping_pairs(boxes, priors, least, with_best=with_best, exact=exact)
        assert_lists(found, overlap, wanted & (overlap > 0))


@each
@pytest.mark.parametrize("with_best", [False, True])
@pytest.mark.parametrize("exact", [False, True])
def test_the_reference_gives_the_same_rows(
    priors: Priors, with_best: bool, exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = some_boxes(priors)
    image = torch.arange(len(boxes)) % 2
    usable = torch.rand(2, len(priors), generator=torch.Generator().manual_seed(1)) < 0.3
    least = torch.linspace(0, 1, len(boxes), dtype=torch.float64 if exact else torch.float32)
    found = []
    for path in ("sparse", "reference"):
        monkeypatch.setenv(VARIABLE, path)
        pairs = overlapping_pairs(boxes, priors, least, image=image, usable=usable, with_best=with_best, exact=exact)
        found.append(sorted(zip(*(column.tolist() for column in pairs), strict=True)))
    assert found[0] == found[1]
    assert found[0]


@each
@pytest.mark.parametrize("with_best", [True, False])
def test_priors_that_take_no_part_are_not_listed_and_not_the_best(priors: Priors, with_best: bool) -> None:
    boxes = some_boxes(priors)
    image = torch.arange(len(boxes)) % 2
    usable = torch.rand(2, len(priors), generator=torch.Generator().manual_seed(1)) < 0.3
    overlap = all_with_all(boxes, priors) * usable[image]
    wanted = overlap >= 0.4
    if with_best:
        wanted |= (overlap == overlap.amax(dim=1, keepdim=True)) & (overlap > 0)
    found = overlapping_pairs(boxes, priors, 0.4, image=image, usable=usable, with_best=with_best)
    assert_lists(found, overlap, wanted)


def test_little_is_measured_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """One prior of every place in the cell, for the lower bound, and few pairs that are not listed."""
    measured: list[int] = []
    real = module.intersections

    def intersections(*boxes: Tensor) -> Tensor:
        found = real(*boxes)
        measured.append(found.numel())
        return found

    monkeypatch.setattr(module, "intersections", intersections)
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    boxes = random_boxes(torch.Generator().manual_seed(0), 200, (300, 300), dtype=torch.float32)
    found = overlapping_pairs(boxes, priors, 0.5, exact=True)
    places = sum(grid.priors_per_cell for grid in priors.grids)
    assert len(found.row) <= sum(measured) - 200 * places < 2 * len(found.row)


@each
def test_best_of_every_box_is_the_first_of_largest_iou(priors: Priors) -> None:
    boxes = some_boxes(priors)
    overlap = all_with_all(boxes, priors, exact=True)
    assert torch.equal(best_overlaps(boxes, priors), overlap.amax(dim=1).clamp(min=0))
    best = best_of_rows(overlapping_pairs(boxes, priors, 1.0, exact=True), len(boxes))
    touching = (overlap.amax(dim=1) > 0).nonzero().squeeze(1)
    assert torch.equal(best.row, touching)
    assert torch.equal(best.prior, overlap.argmax(dim=1)[touching])


def covered_share(boxes: Tensor, priors: Priors, *, of_region: bool) -> Tensor:
    corners = cxcywh_to_xyxy(priors.boxes)
    sides = torch.minimum(boxes[:, None, 2:], corners[:, 2:]) - torch.maximum(boxes[:, None, :2], corners[:, :2])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1), (corners[:, 2:] - corners[:, :2]).prod(dim=1)
    return sides.clamp(min=0).prod(dim=2) / (areas[0].unsqueeze(1) if of_region else areas[1])


@each
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("of_region", [False, True])
def test_covered_pairs_are_those_of_all_with_all(priors: Priors, share: float, of_region: bool) -> None:
    boxes = some_boxes(priors)
    row, prior = covered_pairs(boxes, priors, share, of_region=of_region)
    listed = torch.zeros(len(boxes), len(priors), dtype=torch.bool)
    listed[row, prior] = True
    assert len(row) == int(listed.sum())
    assert torch.equal(listed, covered_share(boxes, priors, of_region=of_region) > share)


def test_portions_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    priors = PRIORS["anchors of MMDetection"]
    boxes = some_boxes(priors)
    whole, covered = overlapping_pairs(boxes, priors, 0.1), covered_pairs(boxes, priors, 0.5)
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", 50)
    monkeypatch.setattr(module, "_SPANS_AT_ONCE", 100)
    for one, other in zip(whole, overlapping_pairs(boxes, priors, 0.1), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(covered, covered_pairs(boxes, priors, 0.5), strict=True):
        assert torch.equal(one, other)


@each
def test_nothing_gives_nothing(priors: Priors) -> None:
    nothing = torch.zeros(0, 4)
    assert [len(column) for column in overlapping_pairs(nothing, priors, 0.5)] == [0, 0, 0]
    assert [len(column) for column in covered_pairs(nothing, priors, 0.5)] == [0, 0]
    assert len(best_overlaps(nothing, priors)) == 0


def test_overlap_is_the_plain_iou() -> None:
    priors = PRIORS["anchors on corners"]
    boxes = random_boxes(torch.Generator().manual_seed(0), 20, (64, 96), dtype=torch.float32)
    found = overlapping_pairs(boxes, priors, 0.0)
    wanted = pairwise_iou(boxes, cxcywh_to_xyxy(priors.boxes))
    torch.testing.assert_close(found.overlap, wanted[found.row, found.prior])


@each
@pytest.mark.parametrize("kernels", ["reference", "sparse"])
@pytest.mark.parametrize("with_best", [True, False])
def test_a_box_alone_has_the_pairs_that_it_has_among_others(
    priors: Priors, kernels: str, with_best: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, kernels)
    boxes = some_boxes(priors, 12)
    together = overlapping_pairs(boxes, priors, 0.3, with_best=with_best)
    for number, box in enumerate(boxes.split(1)):
        alone = overlapping_pairs(box, priors, 0.3, with_best=with_best)
        mine = together.row == number
        assert torch.equal(alone.prior, together.prior[mine])
        assert torch.equal(alone.overlap, together.overlap[mine])
