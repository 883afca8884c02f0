import torch

from boxwright.assigners.usable_priors import priors_inside, priors_on_image, usable_priors
from boxwright.prior_generators import AnchorGrid
from boxwright.structures import Targets

PRIORS = AnchorGrid((((4.0, 4.0), (20.0, 4.0)), ((30.0, 30.0),)), (8, 16), centre=0.0)((32, 32))


def targets(image_sizes: torch.Tensor | None) -> Targets:
    none = torch.zeros(0, dtype=torch.int64)
    return Targets(torch.zeros(0, 4), none, none, none.bool(), 2, image_sizes=image_sizes)


def test_cells_on_the_image_are_counted_up() -> None:
    """9 × 17 pixels reach into 2 × 3 cells of 8 pixels and 1 × 2 of 16."""
    flags = priors_on_image(PRIORS, torch.tensor([[9, 17], [32, 32]]))
    fine = flags[0, :32].view(4, 4, 2)
    assert fine[:2, :3].all()
    assert fine.sum() == 12
    assert flags[0, 32:].tolist() == [True, True, False, False]
    assert flags[1].all()


def test_inside_is_closed_at_the_near_sides_and_open_at_the_far_ones() -> None:
    """The anchor at (8, 8) reaches from 6 to 10."""
    at = 2 * (4 + 1)
    assert priors_inside(PRIORS, torch.tensor([[11, 11]]), 0.0)[0, at]
    assert not priors_inside(PRIORS, torch.tensor([[10, 11]]), 0.0)[0, at]
    corner = 0  # from −2 to 2
    assert priors_inside(PRIORS, torch.tensor([[32, 32]]), 2.0)[0, corner]
    assert not priors_inside(PRIORS, torch.tensor([[32, 32]]), 1.9)[0, corner]


def test_sizes_are_padded_before_cells_are_counted() -> None:
    found = usable_priors(PRIORS, targets(torch.tensor([[9, 17], [1, 1]])), allowed_border=None, size_multiple=16)
    assert found is not None
    assert torch.equal(found, priors_on_image(PRIORS, torch.tensor([[16, 32], [16, 16]])))


def test_both_conditions_must_hold_and_the_border_is_that_of_the_unpadded_image() -> None:
    sizes = torch.tensor([[9, 17], [32, 20]])
    found = usable_priors(PRIORS, targets(sizes), allowed_border=3.0, size_multiple=16)
    padded = torch.tensor([[16, 32], [32, 32]])
    assert found is not None
    assert torch.equal(found, priors_on_image(PRIORS, padded) & priors_inside(PRIORS, sizes, 3.0))


def test_without_sizes_the_canvas_is_the_image() -> None:
    assert usable_priors(PRIORS, targets(None), allowed_border=None) is None
    found = usable_priors(PRIORS, targets(None), allowed_border=0.0)
    assert found is not None
    assert torch.equal(found, priors_inside(PRIORS, torch.tensor([[32, 32], [32, 32]]), 0.0))
