import torch

from boxwright.kernels.overlap_search import Overlaps
from boxwright.kernels.zero_overlaps import with_zero_overlaps
from boxwright.prior_generators import PointGrid
from boxwright.structures import Targets

PRIORS = PointGrid((8,))((8, 24))
TARGETS = Targets.from_lists([torch.zeros(2, 4), torch.zeros(1, 4)], [torch.zeros(2), torch.zeros(1)])


def test_a_target_without_overlap_is_paired_with_every_usable_prior() -> None:
    """Target 0 has a pair; 1 is of image 0, 2 of image 1, where the first prior takes no part."""
    pairs = Overlaps(torch.tensor([0]), torch.tensor([2]), torch.tensor([0.5]))
    usable = torch.tensor([[True] * 3, [False, True, True]])
    found = with_zero_overlaps(pairs, torch.arange(3), PRIORS, TARGETS, usable)
    assert list(zip(*(column.tolist() for column in found), strict=True)) == [
        (0, 2, 0.5), (1, 0, 0.0), (1, 1, 0.0), (1, 2, 0.0), (2, 1, 0.0), (2, 2, 0.0),
    ]  # fmt: skip
    assert len(with_zero_overlaps(pairs, torch.arange(3), PRIORS, TARGETS, None).row) == 7
