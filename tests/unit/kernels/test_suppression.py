"""What survives in short and long lists, and where there is nothing."""

import pytest
import torch

from boxwright.geometry.suppression import class_aware_nms
from boxwright.kernels.choice import VARIABLE
from boxwright.kernels.suppression import survivors


@pytest.mark.parametrize("choice", ["reference", "sparse"])
@pytest.mark.parametrize("rows", [1, 2, 31, 32, 33, 90])
def test_one_class_of_any_length_beside_a_short_one(monkeypatch: pytest.MonkeyPatch, choice: str, rows: int) -> None:
    """A chain: every box removes the next."""
    monkeypatch.setenv(VARIABLE, choice)
    left = torch.arange(float(rows + 2))
    boxes = torch.stack((left, torch.zeros_like(left), left + 4, torch.ones_like(left)), dim=1).unsqueeze(0)
    labels = torch.tensor([[0] * rows + [7, 7]])
    found = survivors(boxes, labels, torch.ones_like(labels, dtype=torch.bool), 0.5)
    wanted = class_aware_nms(boxes[0], torch.arange(rows + 2, 0, -1).float(), labels[0], 0.5)
    assert found[0].nonzero().squeeze(1).tolist() == wanted.tolist()
    assert found.tolist() == [[row % 2 == 0 for row in range(rows)] + [True, False]]


@pytest.mark.parametrize("choice", ["reference", "sparse"])
@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (2, 3)])
def test_nothing_survives_of_nothing(monkeypatch: pytest.MonkeyPatch, choice: str, shape: tuple[int, int]) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    nothing = torch.zeros(shape, dtype=torch.bool)
    assert torch.equal(survivors(torch.zeros(*shape, 4), nothing.long(), nothing, 0.5), nothing)


@pytest.mark.parametrize("choice", ["sparse", "reference"])
def test_no_overlap_is_more_than_one(monkeypatch: pytest.MonkeyPatch, choice: str) -> None:
    monkeypatch.setenv(VARIABLE, choice)
    boxes = torch.tensor([[[0.1, 0.1, 7.3, 9.7]] * 4])
    is_there = torch.tensor([[True, True, False, True]])
    labels = torch.zeros(1, 4, dtype=torch.int64)
    assert torch.equal(survivors(boxes, labels, is_there, 1.0), is_there)
    assert survivors(boxes, labels, is_there, 0.99).tolist() == [[True, False, False, False]]
