import pytest
import torch

from boxwright.kernels.overlap_search import best_of_rows, overlapping_pairs
from boxwright.kernels.sharing import without_sharing
from boxwright.prior_generators import DEFAULT_BOXES
from tests.contracts.recorded_tensors import RecordedTensors

PRIORS = DEFAULT_BOXES["ssd300"]((300, 300))


def crowd(count: int, noise: float) -> torch.Tensor:
    """Boxes at one place, of which most want the same priors."""
    box = torch.tensor([[100.0, 100.0, 160.0, 170.0]]).expand(count, 4)
    return box + noise * torch.randn(count, 4, generator=torch.Generator().manual_seed(0))


def share_out(boxes: torch.Tensor) -> dict[int, int]:
    claims = best_of_rows(overlapping_pairs(boxes, PRIORS, 1.0, exact=True), len(boxes))
    offset = torch.zeros(len(boxes), dtype=torch.int64)
    found = without_sharing(claims, boxes, PRIORS, offset, len(PRIORS))
    assert len(set(found.prior.tolist())) == len(found.prior) == len(boxes)
    return dict(zip(found.row.tolist(), found.prior.tolist(), strict=True))


@pytest.mark.parametrize("noise", [0.0, 0.5, 3.0])
def test_the_best_pair_of_all_is_taken_again_and_again(noise: float) -> None:
    boxes = crowd(30, noise)
    pairs = overlapping_pairs(boxes, PRIORS, 0.0, exact=True)
    ranked = sorted(zip((-pairs.overlap).tolist(), pairs.row.tolist(), pairs.prior.tolist(), strict=True))
    wanted: dict[int, int] = {}
    for _, row, prior in ranked:
        if row not in wanted and prior not in wanted.values():
            wanted[row] = prior
    assert share_out(boxes) == wanted


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_a_crowd_takes_few_operators(noise: float) -> None:
    """Not some for every target, as rounds would."""
    counts = []
    for count in (20, 60):
        with RecordedTensors() as record:
            share_out(crowd(count, noise))
        counts.append(len(record.created))
    assert counts[1] < counts[0] + 40
