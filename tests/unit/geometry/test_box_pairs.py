import pytest
import torch

from boxwright.geometry.box_pairs import box_pairs


def test_worked_by_hand() -> None:
    pairs = box_pairs(torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([[2.0, 0, 6, 2]]))
    assert pairs.iou.item() == pytest.approx(4 / 16 * 16 / 20)
    assert pairs.size.tolist() == [[4, 4]]
    assert pairs.other_size.tolist() == [[4, 2]]
    assert pairs.offset.tolist() == [[2, -1]]
    assert pairs.enclosing.tolist() == [[6, 4]]
    assert pairs.distance.item() == pytest.approx(5 / 52)


def test_boxes_without_size_give_finite_measures() -> None:
    pairs = box_pairs(torch.zeros(2, 4), torch.zeros(2, 4))
    assert all(column.isfinite().all() for column in (*pairs, pairs.distance))
