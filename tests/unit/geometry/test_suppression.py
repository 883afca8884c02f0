import pytest
import torch
from torch import Tensor

from boxwright.geometry.overlaps import pairwise_iou
from boxwright.geometry.suppression import class_aware_nms, rank_in_group


def looped(boxes: Tensor, scores: Tensor, labels: Tensor, threshold: float) -> list[int]:
    overlaps = pairwise_iou(boxes.double(), boxes.double())
    kept: list[int] = []
    for row in sorted(range(len(boxes)), key=lambda row: (-float(scores[row]), row)):
        if all(labels[row] != labels[other] or overlaps[row, other] <= threshold for other in kept):
            kept.append(row)
    return kept


def test_worked_by_hand() -> None:
    """The second repeats the first (IoU 0.8 > 0.5) but the third is of another class; the fourth touches nothing."""
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [0, 0, 10, 8], [50, 50, 60, 60]])
    kept = class_aware_nms(boxes, torch.tensor([0.9, 0.8, 0.7, 0.95]), torch.tensor([0, 0, 1, 0]), 0.5)
    assert kept.tolist() == [3, 0, 2]


def test_an_overlap_equal_to_the_threshold_is_kept() -> None:
    boxes = torch.tensor([[0.0, 0, 4, 4], [0, 0, 4, 2]])
    scores, labels = torch.tensor([0.9, 0.8]), torch.tensor([0, 0])
    assert class_aware_nms(boxes, scores, labels, 0.5).tolist() == [0, 1]
    assert class_aware_nms(boxes, scores, labels, 0.49999).tolist() == [0]


def test_of_equal_scores_the_first_is_better() -> None:
    boxes = torch.tensor([[0.0, 0, 4, 4]] * 3)
    assert class_aware_nms(boxes, torch.full((3,), 0.5), torch.zeros(3, dtype=torch.int64), 0.5).tolist() == [0]


@pytest.mark.parametrize("place", [0.0, -300.0, 4e4])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.0])
def test_equals_a_loop_with_many_classes_far_from_the_origin(place: float, threshold: float) -> None:
    """Moving classes apart must not cost precision."""
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(120, 4, generator=generator) * 30
    boxes = torch.cat((corners[:, :2], corners[:, :2] + corners[:, 2:]), dim=1) + place
    scores = torch.rand(120, generator=generator)
    labels = torch.randint(3, (120,), generator=generator) * 600
    assert class_aware_nms(boxes, scores, labels, threshold).tolist() == looped(boxes, scores, labels, threshold)


def test_nothing_gives_nothing() -> None:
    empty = torch.zeros(0, dtype=torch.int64)
    assert class_aware_nms(torch.zeros(0, 4), torch.zeros(0), empty, 0.5).tolist() == []


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_boxes_and_scores(dtype: torch.dtype) -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [50, 50, 60, 60]], dtype=dtype)
    kept = class_aware_nms(boxes, torch.tensor([0.9, 0.8, 0.7], dtype=dtype), torch.zeros(3, dtype=torch.int64), 0.5)
    assert kept.tolist() == [0, 2]


def test_ranks_count_within_a_group_in_the_order_given():
    assert rank_in_group(torch.tensor([2, 0, 2, 2, 0, 5])).tolist() == [0, 0, 1, 2, 1, 0]
    assert rank_in_group(torch.zeros(0, dtype=torch.int64)).tolist() == []
