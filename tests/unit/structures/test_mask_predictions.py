import torch

from boxwright.kernels.level_rows import rows_at
from boxwright.structures import MaskPredictions


def test_coefficients_are_read_at_pairs_of_image_and_prior() -> None:
    blocks = tuple(torch.rand(2, 1, 3, side, side) for side in (4, 2))
    masks = MaskPredictions(blocks, torch.rand(2, 3, 8, 8))
    found = rows_at(masks.coefficients, torch.tensor([1, 0]), torch.tensor([5, 16 + 3]))
    assert torch.equal(found, torch.stack((blocks[0][1, 0, :, 1, 1], blocks[1][0, 0, :, 1, 1])))
