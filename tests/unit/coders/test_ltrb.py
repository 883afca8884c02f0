import torch
from torch import Tensor

from boxwright.coders import LtrbCoder
from tests.contracts.coder_laws import CoderLaws


class TestLtrb(CoderLaws):
    code_size = 4

    def make(self) -> LtrbCoder:
        return LtrbCoder()

    def reachable(self, priors: Tensor, generator: torch.Generator) -> Tensor:
        """Every box is."""
        corners = torch.rand(len(priors), 4, generator=generator).to(priors.dtype) * 400 - 200
        return torch.cat((corners[:, :2], corners[:, :2] + corners[:, 2:].abs()), dim=1)


def test_worked_by_hand() -> None:
    """From (20, 12) at stride 8 to (4, 8, 36, 20): 16, 4, 16 and 8 pixels."""
    prior, box = torch.tensor([[20.0, 12.0, 8.0, 8.0]]), torch.tensor([[4.0, 8.0, 36.0, 20.0]])
    assert LtrbCoder().encode(boxes=box, priors=prior).tolist() == [[2.0, 0.5, 2.0, 1.0]]
    assert LtrbCoder().decode(codes=torch.tensor([[2.0, 0.5, 2.0, 1.0]]), priors=prior).tolist() == box.tolist()


def test_a_point_outside_the_box_gives_a_negative_distance() -> None:
    prior, box = torch.tensor([[0.0, 0.0, 8.0, 8.0]]), torch.tensor([[8.0, 8.0, 16.0, 16.0]])
    assert LtrbCoder().encode(boxes=box, priors=prior).tolist() == [[-1.0, -1.0, 2.0, 2.0]]
