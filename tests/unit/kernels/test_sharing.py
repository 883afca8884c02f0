import pytest
import torch

from boxwright.kernels.overlapping_priors import best_priors, overlapping_priors
from boxwright.kernels.sharing import Claims, without_sharing
from boxwright.prior_generators import DEFAULT_BOXES
from tests.contracts.recorded_tensors import RecordedTensors

PRIORS = DEFAULT_BOXES["ssd300"]((300, 300))


def crowd(count: int, noise: float) -> torch.Tensor:
    """Boxes at one place, of which most want the same priors."""
    box = torch.tensor([[100.0, 100.0, 160.0, 170.0]]).expand(count, 4)
    return box + noise * torch.randn(count, 4, generator=torch.Generator().manual_seed(0))


def share_out(boxes: torch.Tensor, lost: list[Claims] | None = None) -> dict[int, int]:
    claims = Claims(torch.arange(len(boxes)), *best_priors(boxes, PRIORS))
    offset = torch.zeros(len(boxes), dtype=torch.int64)
    found = without_sharing(claims, boxes, PRIORS, offset, len(PRIORS), lost)
    assert len(set(found.prior.tolist())) == len(found.prior) == len(boxes)
    return dict(zip(found.row.tolist(), found.prior.tolist(), strict=True))


@pytest.mark.parametrize("noise", [0.0, 0.5, 3.0])
def test_the_best_pair_of_all_is_taken_again_and_again(noise: float) -> None:
    boxes = crowd(30, noise)
    pairs = overlapping_priors(boxes, PRIORS)
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


def test_what_was_claimed_in_vain_is_told() -> None:
    boxes, lost = crowd(30, 0.5), []
    found = share_out(boxes, lost)
    told = {pair for claims in lost for pair in zip(claims.row.tolist(), claims.prior.tolist(), strict=True)}
    best = best_priors(boxes, PRIORS).prior.tolist()
    assert {(row, prior) for row, prior in enumerate(best) if found[row] != prior} <= told
    assert not told & set(found.items())
