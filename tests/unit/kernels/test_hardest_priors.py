import pytest
import torch
from torch import Tensor

from boxwright.kernels.choice import VARIABLE
from boxwright.kernels.hardest_priors import hardest_priors

Scene = tuple[Tensor, Tensor, Tensor]


def scene() -> Scene:
    """Values of which many are equal, priors that are left out, and numbers from none to more than there are."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randint(-3, 4, (5, 60), generator=generator).float()
    return values, torch.rand(5, 60, generator=generator) < 0.3, torch.tensor([0, 1, 7, 30, 99])


def ranked_by_hand(values: Tensor, excluded: Tensor, wanted: Tensor) -> list[list[int]]:
    rows = []
    for row, left_out, number in zip(values.tolist(), excluded.tolist(), wanted.tolist(), strict=True):
        allowed = [prior for prior in range(len(row)) if not left_out[prior]]
        rows.append(sorted(sorted(allowed, key=lambda prior: (-row[prior], prior))[:number]))
    return rows


@pytest.mark.parametrize("kernels", ["sparse", "reference"])
def test_the_largest_are_marked_and_of_equal_ones_the_lowest_priors(
    kernels: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, kernels)
    marked = hardest_priors(*scene())
    assert [row.nonzero().flatten().tolist() for row in marked] == ranked_by_hand(*scene())


def test_values_with_a_gradient_give_a_mask_that_a_training_step_may_keep() -> None:
    values, excluded, wanted = scene()
    marked = hardest_priors(values.requires_grad_(), excluded, wanted)
    assert not marked.is_inference()
    values.masked_fill(marked, 0).sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad == 0, marked)


def test_a_batch_without_images_has_none() -> None:
    assert hardest_priors(torch.zeros(0, 6), torch.zeros(0, 6).bool(), torch.zeros(0).long()).shape == (0, 6)
