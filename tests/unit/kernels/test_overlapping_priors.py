import pytest
import torch
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import pairwise_iou
from boxwright.kernels import overlapping_priors as module
from boxwright.kernels.overlap_candidates import Overlaps
from boxwright.kernels.overlapping_priors import (
    best_and_overlapping_priors,
    best_priors,
    overlapping_priors,
    overlaps_at,
)
from boxwright.prior_generators import DEFAULT_BOXES, AnchorGrid, DefaultBoxes, paired_sizes
from boxwright.structures import Priors
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import random_boxes

SMALL = DefaultBoxes(paired_sizes((0.1, 0.4, 0.9), ((2.0,), (2.0, 3.0))), (8, 16))
CORNERED = AnchorGrid((((20.0, 9.0), (11.0, 31.0)), ((40.0, 40.0),)), (8, 16), centre=0.0)
PRIORS = {
    "default boxes": SMALL((64, 96)),
    "uneven canvas": SMALL((70, 45)),
    "anchors on corners": CORNERED((64, 96)),
    "ssd_tiny": DEFAULT_BOXES["ssd_tiny"]((224, 224)),
}
each = pytest.mark.parametrize("priors", PRIORS.values(), ids=PRIORS.keys())


def some_boxes(priors: Priors, count: int = 60) -> Tensor:
    """Random ones, and some on multiples of 4, which tie; some reach beyond the canvas."""
    generator = torch.Generator().manual_seed(0)
    height, width = priors.canvas_size
    boxes = random_boxes(generator, count, (height, width), dtype=torch.float32)
    even = (boxes / 4).round() * 4
    return torch.cat((boxes, even, boxes + 20, boxes - 20))


def all_with_all(boxes: Tensor, priors: Priors) -> Tensor:
    return pairwise_iou(boxes.double(), cxcywh_to_xyxy(priors.boxes.double()))


@each
@pytest.mark.parametrize("least", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_lists_every_prior_of_enough_iou_once(priors: Priors, least: float) -> None:
    boxes = some_boxes(priors)
    found = overlapping_priors(boxes, priors, least)
    pairs = set(zip(found.row.tolist(), found.prior.tolist(), strict=True))
    assert len(pairs) == len(found.row)
    overlap = all_with_all(boxes, priors)
    wanted = (overlap >= least) & (overlap > 0)
    assert set(map(tuple, wanted.nonzero().tolist())) <= pairs
    assert ((found.prior >= 0) & (found.prior < len(priors))).all()


@each
def test_every_box_may_have_its_own_least_iou(priors: Priors) -> None:
    boxes = some_boxes(priors)
    least = torch.linspace(0, 1, len(boxes), dtype=torch.float64)
    found = overlapping_priors(boxes, priors, least)
    rows = [overlapping_priors(box[None], priors, float(bound)).prior for box, bound in zip(boxes, least, strict=True)]
    assert torch.equal(found.prior, torch.cat(rows))


def test_lists_few_others() -> None:
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    boxes = random_boxes(torch.Generator().manual_seed(0), 200, (300, 300), dtype=torch.float32)
    found = overlapping_priors(boxes, priors, 0.5)
    wanted = int((all_with_all(boxes, priors) >= 0.5).sum())
    assert len(found.row) < 5 * wanted


@each
def test_best_prior_is_the_first_of_largest_iou(priors: Priors) -> None:
    boxes = some_boxes(priors)
    overlap = all_with_all(boxes, priors)
    found = best_priors(boxes, priors)
    torch.testing.assert_close(found.overlap, overlap.amax(dim=1), rtol=1e-12, atol=0)
    touching = overlap.amax(dim=1) > 0
    assert torch.equal(found.prior[touching], overlap.argmax(dim=1)[touching])


def test_no_boxes_have_no_priors() -> None:
    priors, none = PRIORS["default boxes"], torch.zeros(0, 4)
    assert len(best_priors(none, priors).prior) == 0
    assert len(overlapping_priors(none, priors).row) == 0


def test_a_box_outside_or_without_area_overlaps_nothing() -> None:
    priors = PRIORS["default boxes"]
    boxes = torch.tensor([[-500.0, -500.0, -400.0, -400.0], [900.0, 10.0, 950.0, 20.0], [30.0, 30.0, 30.0, 30.0]])
    assert best_priors(boxes, priors).overlap.tolist() == [0, 0, 0]


def test_overlaps_of_pairs_are_those_of_the_matrix() -> None:
    priors = PRIORS["uneven canvas"]
    boxes = some_boxes(priors, 5)
    row, prior = torch.meshgrid(torch.arange(len(boxes)), torch.arange(len(priors)), indexing="ij")
    found = overlaps_at(boxes, priors, row.flatten(), prior.flatten())
    torch.testing.assert_close(found.view(row.shape), all_with_all(boxes, priors), rtol=1e-12, atol=0)


@each
@pytest.mark.parametrize("least", [0.2, 0.5])
def test_listed_overlaps_are_those_of_the_pairs_exactly(priors: Priors, least: float) -> None:
    boxes = some_boxes(priors)
    found = overlapping_priors(boxes, priors, least)
    assert torch.equal(found.overlap, overlaps_at(boxes, priors, found.row, found.prior))
    best = best_priors(boxes, priors)
    rows = torch.arange(len(boxes))
    assert torch.equal(best.overlap, overlaps_at(boxes, priors, rows, best.prior))


@each
@pytest.mark.parametrize("pairs_to_compare", [0, 10**9])
def test_both_at_once_are_both_one_by_one_without_what_is_ignored(
    priors: Priors, pairs_to_compare: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether all boxes are compared with all priors or not, bit for bit."""
    monkeypatch.setattr(module, "_PAIRS_TO_COMPARE", pairs_to_compare)
    boxes = some_boxes(priors)
    ignore = torch.arange(len(boxes)) % 3 == 0
    best, listed = best_and_overlapping_priors(boxes, priors, 0.4, ignore)
    alone, pairs = best_priors(boxes, priors), overlapping_priors(boxes, priors, 0.4)
    assert torch.equal(best.overlap, alone.overlap.masked_fill(ignore, -1))
    touching = ~ignore & (alone.overlap > 0)
    assert torch.equal(best.prior[touching], alone.prior[touching])
    wanted = (pairs.overlap >= 0.4) & ~ignore[pairs.row]
    enough = listed.overlap >= 0.4
    assert rows_of(listed, enough) == rows_of(pairs, wanted)
    assert (listed.row.diff() >= 0).all()
    assert not ignore[listed.row].any()


def rows_of(found: Overlaps, mask: Tensor) -> list[tuple[float, ...]]:
    return sorted(zip(*(column[mask].tolist() for column in found), strict=True))


def test_all_with_all_is_for_small_batches_only() -> None:
    """Boxes times priors in memory would be what the rest of the module avoids."""
    priors = DEFAULT_BOXES["ssd300"]((300, 300))
    boxes = random_boxes(torch.Generator().manual_seed(0), 200, (300, 300), dtype=torch.float32)
    with RecordedTensors() as record:
        best_and_overlapping_priors(boxes, priors, 0.5, torch.zeros(200, dtype=torch.bool))
    assert not record.at_least(200 * len(priors) // 4)


@each
def test_a_least_iou_for_each_box_lists_all_that_reach_it(priors: Priors) -> None:
    boxes = some_boxes(priors)
    least = torch.where(torch.arange(len(boxes)) % 2 == 0, 0.3, 0.6)
    found = overlapping_priors(boxes, priors, least)
    wanted = all_with_all(boxes, priors) >= least.unsqueeze(1)
    pairs = set(zip(found.row.tolist(), found.prior.tolist(), strict=True))
    assert set(map(tuple, wanted.nonzero().tolist())) <= pairs
