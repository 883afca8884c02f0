import pytest
import torch
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.kernels.overlap_candidates import covered_pairs, covered_priors, iou_of_pairs, overlapping_pairs
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, retinanet_anchors
from boxwright.structures import LevelGrid, Priors

SMALL = retinanet_anchors(strides=(8, 16, 32), octave_base_scale=1.0)
GENERATORS = {
    "mmdetection": (retinanet_anchors(), (96, 128)),
    "torchvision": (retinanet_anchors("torchvision"), (70, 45)),
    "middle of the cell": (SMALL, (64, 96)),
    "one cell": (retinanet_anchors(), (1, 1)),
    "default boxes": (DEFAULT_BOXES["ssd300"], (300, 300)),
}
each = pytest.mark.parametrize("name", GENERATORS)


def some_boxes(canvas: tuple[int, int], count: int = 60) -> Tensor:
    """Sides from 1 to 400 pixels, some partly outside, and a few that are odd."""
    generator = torch.Generator().manual_seed(0)
    centre = torch.rand(count, 2, generator=generator) * torch.tensor([canvas[1], canvas[0]]) * 1.2 - 10
    half = torch.exp(torch.rand(count, 2, generator=generator) * 6) / 2
    odd = torch.tensor([[5.0, 5, 5, 5], [5, 5, 5, 40], [-1e6, -1e6, 1e6, 1e6], [1e6, 1e6, 1e6 + 50, 1e6 + 30]])
    return torch.cat((torch.cat((centre - half, centre + half), dim=1), odd))


def dense(boxes: Tensor, priors: Priors) -> Tensor:
    return torch.stack([iou_of_pairs(box.expand(len(priors), 4), priors.boxes) for box in boxes])


@each
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_share_of_the_threshold_or_of_the_best_is_enough(name: str, share: float) -> None:
    generate, canvas = GENERATORS[name]
    priors, boxes = generate(canvas), some_boxes(canvas)
    overlap = dense(boxes, priors)
    least = overlap.amax(dim=1, keepdim=True).clamp(max=0.4) * share
    found = overlapping_pairs(boxes, priors, 0.4, share=share)
    assert set(map(tuple, ((overlap > least + 1e-6) & (overlap > 0)).nonzero().tolist())) <= set(
        zip(found.row.tolist(), found.prior.tolist(), strict=True)
    )
    assert (found.overlap >= least.squeeze(1)[found.row] - 1e-6).all()
    assert (found.overlap > 0).all()


@each
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_covered_pairs_name_the_box(name: str, share: float) -> None:
    generate, canvas = GENERATORS[name]
    priors, boxes = generate(canvas), some_boxes(canvas, 20)
    image = torch.zeros(len(boxes), dtype=torch.int64)
    row, prior = covered_pairs(boxes, priors, share)
    listed = set(zip(row.tolist(), prior.tolist(), strict=True))
    assert len(listed) == len(row) > 0
    for number in range(len(boxes)):
        alone = covered_priors(boxes[number : number + 1], priors, share, image=image[:1], batch_size=1)
        assert {(number, int(p)) for p in alone[0].nonzero()} == {pair for pair in listed if pair[0] == number}


@each
@pytest.mark.parametrize("threshold", [0.05, 0.4, 0.9])
@pytest.mark.parametrize("with_best", [True, False])
def test_lists_exactly_the_pairs_that_matter(name: str, threshold: float, with_best: bool) -> None:
    generate, canvas = GENERATORS[name]
    priors, boxes = generate(canvas), some_boxes(canvas)
    overlap = dense(boxes, priors)
    wanted = overlap >= threshold
    if with_best:
        wanted |= (overlap == overlap.amax(dim=1, keepdim=True)) & (overlap > 0)
    found = overlapping_pairs(boxes, priors, threshold, with_best=with_best)
    assert len(set(zip(found.row.tolist(), found.prior.tolist(), strict=True))) == len(found.row)
    listed = torch.zeros_like(wanted)
    listed[found.row, found.prior] = True
    assert torch.equal(listed, wanted)
    assert torch.equal(found.overlap, overlap[found.row, found.prior])


@each
@pytest.mark.parametrize("with_best", [True, False])
def test_priors_that_take_no_part_are_not_listed_and_not_the_best(name: str, with_best: bool) -> None:
    generate, canvas = GENERATORS[name]
    priors, boxes = generate(canvas), some_boxes(canvas)
    image = torch.arange(len(boxes)) % 2
    usable = torch.rand(2, len(priors), generator=torch.Generator().manual_seed(1)) < 0.3
    overlap = dense(boxes, priors) * usable[image]
    wanted = overlap >= 0.4
    if with_best:
        wanted |= (overlap == overlap.amax(dim=1, keepdim=True)) & (overlap > 0)
    found = overlapping_pairs(boxes, priors, 0.4, image=image, usable=usable, with_best=with_best)
    listed = torch.zeros_like(wanted)
    listed[found.row, found.prior] = True
    assert torch.equal(listed, wanted)


def test_portions_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    priors, boxes = retinanet_anchors()((96, 128)), some_boxes((96, 128))
    whole = overlapping_pairs(boxes, priors, 0.1)
    covered = covered_priors(boxes, priors, 0.5, image=torch.zeros(len(boxes), dtype=torch.int64), batch_size=1)
    monkeypatch.setattr("boxwright.kernels.overlap_candidates._PAIRS_AT_ONCE", 50)
    monkeypatch.setattr("boxwright.kernels.overlap_candidates._SPANS_AT_ONCE", 100)
    for one, other in zip(whole, overlapping_pairs(boxes, priors, 0.1), strict=True):
        assert torch.equal(one, other)
    image = torch.zeros(len(boxes), dtype=torch.int64)
    assert torch.equal(covered, covered_priors(boxes, priors, 0.5, image=image, batch_size=1))


@each
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("of_region", [False, True])
def test_covered_priors_are_those_of_a_single_box(name: str, share: float, of_region: bool) -> None:
    generate, canvas = GENERATORS[name]
    priors, boxes = generate(canvas), some_boxes(canvas)
    image = torch.arange(len(boxes)) // 32
    corners = cxcywh_to_xyxy(priors.boxes)
    sides = torch.minimum(boxes[:, None, 2:], corners[:, 2:]) - torch.maximum(boxes[:, None, :2], corners[:, :2])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1), (corners[:, 2:] - corners[:, :2]).prod(dim=1)
    part = sides.clamp(min=0).prod(dim=2) / (areas[0].unsqueeze(1) if of_region else areas[1])
    wanted = torch.stack([(part[image == which] > share).any(dim=0) for which in range(2)])
    found = covered_priors(boxes, priors, share, image=image, batch_size=2, of_region=of_region)
    assert torch.equal(found, wanted)


def test_priors_without_grid_are_one_cell() -> None:
    """Any list of boxes is a level of 1 × 1 cells."""
    rows = some_boxes((64, 64), 30)[:30]
    sizes = torch.cat(((rows[:, :2] + rows[:, 2:]) / 2, rows[:, 2:] - rows[:, :2]), dim=1)
    grid = LevelGrid(1, 1, len(rows), 0, 64)
    priors = Priors(sizes, torch.full((30,), 64.0), torch.zeros(30, dtype=torch.int64), (grid,), (64, 64))
    boxes = some_boxes((64, 64))
    found = overlapping_pairs(boxes, priors, 0.2, with_best=False)
    listed = torch.zeros(len(boxes), 30, dtype=torch.bool)
    listed[found.row, found.prior] = True
    assert torch.equal(listed, dense(boxes, priors) >= 0.2)


def test_nothing_gives_nothing() -> None:
    priors = retinanet_anchors()((64, 64))
    assert [len(column) for column in overlapping_pairs(torch.zeros(0, 4), priors, 0.5)] == [0, 0, 0]
    none = torch.zeros(0, dtype=torch.int64)
    assert not covered_priors(torch.zeros(0, 4), priors, 0.5, image=none, batch_size=2).any()


def test_overlap_is_the_plain_iou() -> None:
    priors = AnchorGrid((((10.0, 20.0),),), (8,))((32, 32))
    box = torch.tensor([[3.0, 1.0, 17.0, 22.0]])
    corners = cxcywh_to_xyxy(priors.boxes)
    torch.testing.assert_close(dense(box, priors), pairwise_iou(box, corners))
