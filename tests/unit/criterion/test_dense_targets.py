import torch

from boxwright.coders import DeltaCoder
from boxwright.criterion import anchor_targets, unmap
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Targets
from tests.contracts.assignments import assignment_of

PRIORS = AnchorGrid((((8.0, 8.0),), ((16.0, 16.0),)), (8, 16))((16, 16))
TARGETS = Targets.from_lists(
    [torch.tensor([[0.0, 0, 8, 8], [0, 0, 16, 16]]), torch.zeros(0, 4)], [torch.tensor([2, 0])] * 1 + [torch.zeros(0)]
)
IGNORED = torch.zeros(2, 5, dtype=torch.bool)
IGNORED[1, 3] = True
ASSIGNMENT = assignment_of(
    torch.zeros(2, dtype=torch.int64), torch.tensor([1, 4]), torch.tensor([0, 1]), torch.ones(2), IGNORED
)


def test_worked_by_hand() -> None:
    """Target 0 lies one anchor left of prior 1; target 1 is prior 4 itself."""
    dense = anchor_targets(ASSIGNMENT, PRIORS, TARGETS, num_classes=3, coder=DeltaCoder(), positive_weight=2.0)
    assert dense.labels.tolist() == [[3, 2, 3, 3, 0], [3] * 5]
    assert dense.label_weights.tolist() == [[1, 2, 1, 1, 2], [1, 1, 1, 0, 1]]
    assert dense.box_targets[0, [1, 4]].tolist() == [[-1, 0, 0, 0], [0, 0, 0, 0]]
    assert dense.box_weights.sum() == 8
    assert not dense.box_targets[0, [0, 2, 3]].any()
    assert not dense.box_targets[1].any()


def test_without_coder_boxes_stay_boxes() -> None:
    dense = anchor_targets(ASSIGNMENT, PRIORS, TARGETS, num_classes=3, coder=None)
    assert torch.equal(dense.box_targets[0, [1, 4]], TARGETS.boxes)


def test_levels_are_split_in_order() -> None:
    dense = anchor_targets(ASSIGNMENT, PRIORS, TARGETS, num_classes=3, coder=None)
    levels = dense.of_levels(PRIORS)
    assert [level.labels.tolist() for level in levels] == [[[3, 2, 3, 3], [3] * 4], [[0], [3]]]
    assert [tuple(level.box_weights.shape) for level in levels] == [(2, 4, 4), (2, 1, 4)]


def test_unmapping_puts_rows_back() -> None:
    kept = torch.tensor([False, True, True, False])
    assert unmap(torch.tensor([5, 6]), kept, 9).tolist() == [9, 5, 6, 9]
    assert unmap(torch.ones(2, 4), kept, 0).sum(dim=1).tolist() == [0, 4, 4, 0]
